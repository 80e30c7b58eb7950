//! The contract in Rust, made from the WIT file that the host is built from. Natively the types work, and the imports cannot be called.

#![allow(clippy::all, clippy::allow_attributes, missing_docs, unreachable_pub, unsafe_code, unused, reason = "generated")]

wit_bindgen::generate!({
    path: "wit/v0.2",
    world: "analyzer",
    generate_all,
    pub_export_macro: true,
    export_macro_name: "export_component",
    default_bindings_module: "devflow_plugin::bindings",
    additional_derives: [PartialEq, Eq],
    additional_type_attributes: {
        "devflow:plugin/types@0.2.0/scope": [#[derive(Default)]],
        "devflow:plugin/types@0.2.0/role": [#[derive(Default)]],
        "devflow:plugin/types@0.2.0/span": [#[derive(Default)]],
        "devflow:plugin/types@0.2.0/hunk": [#[derive(Default)]],
        "devflow:plugin/types@0.2.0/unit": [#[derive(Default)]],
        "devflow:plugin/types@0.2.0/artifact": [#[derive(Default)]],
        "devflow:plugin/types@0.2.0/report": [#[derive(Default)]],
        "devflow:plugin/types@0.2.0/conclusion": [#[derive(Default)]],
        "devflow:plugin/syntax@0.2.0/function": [#[derive(Default)]],
        "devflow:plugin/syntax@0.2.0/measures": [#[derive(Default)]],
        "devflow:plugin/syntax@0.2.0/captures": [#[derive(Default)]],
        "devflow:plugin/project@0.2.0/kind": [#[derive(Default)]],
        "devflow:plugin/project@0.2.0/source": [#[derive(Default)]],
        "devflow:plugin/project@0.2.0/symbol": [#[derive(Default)]],
        "devflow:plugin/project@0.2.0/document": [#[derive(Default)]],
        "devflow:plugin/project@0.2.0/unread-file": [#[derive(Default)]],
    },
    additional_member_attributes: {
        "devflow:plugin/types@0.2.0/scope.file": [#[default]],
        "devflow:plugin/types@0.2.0/role.source": [#[default]],
        "devflow:plugin/project@0.2.0/kind.function": [#[default]],
    },
});
