//! What a plugin is given, in the types that wasmtime makes from the contract.

devflow_core::given_to_plugins!(super::bindings::devflow::plugin);
