//! Owns what a component gets in the place of WASI: an empty, deterministic one, put in when it is built. Never gives a guest anything of the
//! machine.
//!
//! Compilers for other targets than `wasm32-unknown-unknown` link against WASI, whether the plugin uses it or not. No component may import it,
//! so each function that is left over becomes one that says "there is none", and what cannot say so ends the call.

use std::collections::BTreeMap;

use wasm_encoder::{
    CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection, ImportSection, Instruction, MemArg, MemoryType, Module,
    TypeSection, ValType,
};
use wasmparser::{CompositeInnerType, FuncType, Import, Parser, Payload, TypeRef};

/// `errno` of preview 1 for what is not offered.
const NO_SUCH_CALL: i32 = 52;

/// `errno` of preview 1 for a descriptor that is not open.
const BAD_DESCRIPTOR: i32 = 8;

/// What the contract's own imports begin with.
const CONTRACT: &str = "devflow:plugin/";

/// The name of WASI's first version, whose functions give an error number.
const PREVIEW_1: &str = "wasi_snapshot_preview1";

/// One function that a module wants.
struct Wanted {
    name: String,
    kind: FuncType,
}

/// Modules by the name under which `module` imports them: together they give it everything that the contract does not.
///
/// # Errors
/// The module cannot be read, or it wants something else than functions of WASI.
pub(super) fn stubs(module: &[u8]) -> Result<Vec<(String, Vec<u8>)>, String> {
    let wanted = wanted(module)?;
    Ok(wanted.into_iter().map(|(name, functions)| (name.clone(), stub(&name, &functions))).collect())
}

fn wanted(module: &[u8]) -> Result<BTreeMap<String, Vec<Wanted>>, String> {
    let mut types = Vec::new();
    let mut wanted: BTreeMap<String, Vec<Wanted>> = BTreeMap::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload.map_err(|error| error.to_string())? {
            Payload::TypeSection(section) => {
                for group in section {
                    let group = group.map_err(|error| error.to_string())?;
                    types.extend(group.into_types().map(|kind| kind.composite_type.inner));
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import.map_err(|error| error.to_string())?;
                    if !import.module.starts_with(CONTRACT) {
                        wanted.entry(import.module.to_owned()).or_default().push(function(&import, &types)?);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(wanted)
}

fn function(import: &Import<'_>, types: &[CompositeInnerType]) -> Result<Wanted, String> {
    let kind = match import.ty {
        TypeRef::Func(at) if is_wasi(import.module) => types.get(at as usize),
        _ => return Err(format!("it wants `{}` of `{}`, which no plugin gets", import.name, import.module)),
    };
    let Some(CompositeInnerType::Func(kind)) = kind else { return Err("an import has no type".to_owned()) };
    Ok(Wanted { name: import.name.to_owned(), kind: kind.clone() })
}

fn is_wasi(module: &str) -> bool {
    module == PREVIEW_1 || module.starts_with("wasi:")
}

/// A module that exports these functions. It works in the memory of the one that imports it.
fn stub(module: &str, functions: &[Wanted]) -> Vec<u8> {
    let (mut types, mut list, mut exports, mut code) =
        (TypeSection::new(), FunctionSection::new(), ExportSection::new(), CodeSection::new());
    for (at, wanted) in functions.iter().enumerate() {
        let values = |values: &[wasmparser::ValType]| values.iter().map(value).collect::<Vec<_>>();
        types.ty().function(values(wanted.kind.params()), values(wanted.kind.results()));
        list.function(at as u32);
        exports.export(&wanted.name, ExportKind::Func, at as u32);
        let mut function = Function::new([]);
        for instruction in body(module, wanted).iter().chain([&Instruction::End]) {
            function.instruction(instruction);
        }
        code.function(&function);
    }
    let mut imports = ImportSection::new();
    let memory = MemoryType { minimum: 0, maximum: None, memory64: false, shared: false, page_size_log2: None };
    imports.import("env", "memory", EntityType::Memory(memory));
    let mut out = Module::new();
    out.section(&types).section(&imports).section(&list).section(&exports).section(&code);
    out.finish()
}

fn value(kind: &wasmparser::ValType) -> ValType {
    match kind {
        wasmparser::ValType::I64 => ValType::I64,
        wasmparser::ValType::F32 => ValType::F32,
        wasmparser::ValType::F64 => ValType::F64,
        // WASI has no other types.
        _ => ValType::I32,
    }
}

/// Empty lists where a list is asked for, the same number where chance is, an error where there is one; else the call ends.
fn body(module: &str, wanted: &Wanted) -> Vec<Instruction<'static>> {
    let interface = module.split('@').next().unwrap_or(module);
    let zero_at = |parameter: u32, offsets: &[u64]| {
        let store = |offset: &u64| {
            let place = MemArg { offset: *offset, align: 2, memory_index: 0 };
            [Instruction::LocalGet(parameter), Instruction::I32Const(0), Instruction::I32Store(place)]
        };
        offsets.iter().flat_map(store).collect::<Vec<_>>()
    };
    let fine = |mut instructions: Vec<Instruction<'static>>| {
        instructions.push(Instruction::I32Const(0));
        instructions
    };
    match (interface, wanted.name.as_str()) {
        ("wasi:cli/environment", "get-environment" | "get-arguments") => zero_at(0, &[0, 4]),
        ("wasi:random/insecure-seed", _) => zero_at(0, &[0, 4, 8, 12]),
        (PREVIEW_1, "environ_sizes_get" | "args_sizes_get") => fine([zero_at(0, &[0]), zero_at(1, &[0])].concat()),
        (PREVIEW_1, "environ_get" | "args_get" | "sched_yield") => fine(Vec::new()),
        (PREVIEW_1, "random_get") => {
            let fill = vec![Instruction::LocalGet(0), Instruction::I32Const(0), Instruction::LocalGet(1), Instruction::MemoryFill(0)];
            fine(fill)
        }
        // The C library asks for open folders until it is told that there are no more.
        (PREVIEW_1, "fd_prestat_get") => vec![Instruction::I32Const(BAD_DESCRIPTOR)],
        (PREVIEW_1, _) if wanted.kind.results() == [wasmparser::ValType::I32] => vec![Instruction::I32Const(NO_SUCH_CALL)],
        _ => vec![Instruction::Unreachable],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(wat: &str, expected: &str) {
        let error = stubs(&wat::parse_str(wat).unwrap()).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn only_what_wasi_has_is_stubbed() {
        let module = r#"(module
            (import "devflow:plugin/log@0.2.0" "write" (func (param i32 i32 i32)))
            (import "wasi:cli/environment@0.2.0" "get-environment" (func (param i32)))
            (import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32))))"#;
        let names: Vec<String> = stubs(&wat::parse_str(module).unwrap()).unwrap().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["wasi:cli/environment@0.2.0", "wasi_snapshot_preview1"]);
        refused(r#"(module (import "env" "puts" (func (param i32) (result i32))))"#, "it wants `puts` of `env`");
        refused(r#"(module (import "wasi:cli/x" "m" (memory 1)))"#, "it wants `m`");
    }
}
