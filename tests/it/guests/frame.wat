;; The frame of every hostile guest: a module that keeps the contract. `BODY` is what the export under test does; its parameters are
;; (in `conclude` they stand elsewhere, and all but the first are zero) operation (0, 1), scope (2), language (3, 4), role (5), text (6, 7), outline (8, 9), hunks (10, 11), options (12, 13).
;; 1024 zero bytes at 1024 are an empty, well-formed answer.
(module
  (import "devflow:plugin/log@0.2.0" "write" (func $log (param i32 i32 i32)))
  (memory (export "memory") 4)
  (table $table 1 funcref)
  (global $free (mut i32) (i32.const 131072))
  (func $deep (param i32) (result i32)
    (i32.add (call $deep (i32.add (local.get 0) (i32.const 1))) (call $deep (i32.add (local.get 0) (i32.const 2)))))
  (func $wide (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (call $wide (i32.sub (local.get 0) (i32.const 1))) (call $wide (i32.sub (local.get 0) (i32.const 1)))))
      (else (i32.const 1))))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $free) (i32.const 15)) (i32.const -16)))
    (global.set $free (i32.add (local.get $at) (local.get 3)))
    (block $enough
      (br_if $enough (i32.le_u (global.get $free) (i32.mul (memory.size) (i32.const 65536))))
      (drop (memory.grow (i32.add (i32.const 1) (i32.div_u (local.get 3) (i32.const 65536))))))
    (local.get $at))
  (func (export "manifest") (result i32) unreachable)
  (func (export "inspect") (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) BODY)
  (func (export "question") (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) BODY)
  (func (export "conclude") (param i32) (result i32) (local i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) BODY)
  (data (i32.const 512) "x\ffbad")
  (data (i32.const 520) "last words"))
