;; A small plugin by somebody else: one operation, one rule, one finding at the first byte, and a question when it may ask. `ID` is its name.
(module
  (memory (export "memory") 4)
  (global $free (mut i32) (i32.const 131072))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $free) (i32.const 15)) (i32.const -16)))
    (global.set $free (i32.add (local.get $at) (local.get 3)))
    (block $enough
      (br_if $enough (i32.le_u (global.get $free) (i32.mul (memory.size) (i32.const 65536))))
      (drop (memory.grow (i32.add (i32.const 1) (i32.div_u (local.get 3) (i32.const 65536))))))
    (local.get $at))

  ;; manifest at 1024: id, version, operations, rules
  (func (export "manifest") (result i32)
    (i32.store (i32.const 1024) (i32.const 512)) (i32.store (i32.const 1028) (i32.const ID_LENGTH))
    (i32.store (i32.const 1032) (i32.const 600)) (i32.store (i32.const 1036) (i32.const 5))
    (i32.store (i32.const 1040) (i32.const 1100)) (i32.store (i32.const 1044) (i32.const 1))
    (i32.store (i32.const 1048) (i32.const 1200)) (i32.store (i32.const 1052) (i32.const 1))
    ;; operation at 1100: name, summary, scope, asks-model, sees-project, documents, options-schema
    (i32.store (i32.const 1100) (i32.const 610)) (i32.store (i32.const 1104) (i32.const 4))
    (i32.store (i32.const 1108) (i32.const 620)) (i32.store (i32.const 1112) (i32.const 10))
    (i32.store8 (i32.const 1116) (i32.const 0)) (i32.store8 (i32.const 1117) (i32.const 1)) (i32.store8 (i32.const 1118) (i32.const 0))
    (i32.store (i32.const 1128) (i32.const 640)) (i32.store (i32.const 1132) (i32.const 17))
    ;; rule at 1200: id, severity, category, summary, and nothing of the rest
    (i32.store (i32.const 1200) (i32.const 660)) (i32.store (i32.const 1204) (i32.const 5))
    (i32.store8 (i32.const 1208) (i32.const 2)) (i32.store8 (i32.const 1209) (i32.const 0))
    (i32.store (i32.const 1212) (i32.const 670)) (i32.store (i32.const 1216) (i32.const 7))
    (i32.const 1024))

  ;; one finding at 4096: rule, severity, category, message, place, suggestion, confidence, reasons, related places, edits
  (func (export "inspect") (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
    (i32.store (i32.const 4096) (i32.const 660)) (i32.store (i32.const 4100) (i32.const 5))
    (i32.store8 (i32.const 4104) (i32.const 2)) (i32.store8 (i32.const 4105) (i32.const 0))
    (i32.store (i32.const 4108) (i32.const 670)) (i32.store (i32.const 4112) (i32.const 7))
    (i32.store8 (i32.const 4116) (i32.const 0)) (i32.store (i32.const 4120) (i32.const 0)) (i32.store (i32.const 4124) (i32.const 1))
    (i32.store8 (i32.const 4144) (i32.const 90))
    (i32.store (i32.const 2048) (i32.const 0)) (i32.store (i32.const 2052) (i32.const 4096)) (i32.store (i32.const 2056) (i32.const 1))
    (i32.store (i32.const 2060) (i32.const 0)) (i32.store (i32.const 2064) (i32.const 0))
    (i32.store (i32.const 2068) (i32.const 0)) (i32.store (i32.const 2072) (i32.const 0))
    (i32.const 2048))

  ;; a question at 3072: instructions, schema, content
  (func (export "question") (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
    (i32.store8 (i32.const 3072) (i32.const 0)) (i32.store8 (i32.const 3076) (i32.const 1))
    (i32.store (i32.const 3080) (i32.const 680)) (i32.store (i32.const 3084) (i32.const 12))
    (i32.store (i32.const 3088) (i32.const 640)) (i32.store (i32.const 3092) (i32.const 17))
    (i32.store (i32.const 3096) (local.get 6)) (i32.store (i32.const 3100) (local.get 7))
    (i32.const 3072))

  ;; an empty conclusion: everything at 8192 is zero. The arguments are too many to be passed one by one: they stand where the parameter
  ;; points, the text at 24, the answer at 84.
  (func (export "conclude") (param i32) (result i32) (i32.const 8192))

  (data (i32.const 512) "ID")
  (data (i32.const 600) "1.2.3")
  (data (i32.const 610) "file")
  (data (i32.const 620) "Says hello")
  (data (i32.const 640) "{\"type\":\"object\"}")
  (data (i32.const 660) "hello")
  (data (i32.const 670) "a hello")
  (data (i32.const 680) "Say nothing."))
