//! The contract in Rust, made from the WIT files that the guests are built from.

wasmtime::component::bindgen!({ path: "plugins/sdk/wit/v0.2", world: "analyzer", imports: { default: trappable } });
