//! What a user can do so that the model can be asked: data, which each door puts into words of its own.

use serde::{Deserialize, Serialize};

/// What would let a run ask that had to stop asking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Remedy {
    /// The key is missing or refused.
    CheckKey {
        /// The variable that holds it.
        variable: String,
    },
    /// Nothing of the API is at the base URL.
    CheckAddress {
        /// The value of `provider.base-url`.
        url: String,
    },
    /// The server does not know the model.
    CheckModel {
        /// The value of `model.name`.
        name: String,
    },
    /// The server's certificate is not trusted.
    AddAuthority,
    /// The account has no money.
    AddCredit,
    /// Nobody answers at the base URL.
    StartServer {
        /// The value of `provider.base-url`.
        url: String,
    },
}
