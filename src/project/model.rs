//! Whether and how the model takes part, by the settings and the key that the machine has.

use std::sync::Arc;

use super::error::{Error, Hint, Result, chain};
use super::open::Project;
use crate::config::ModelMode;
use crate::pipeline::ModelPart;
use crate::provider::{HttpModel, is_loopback, price};

/// What a plan is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The plan is run: requests may be sent.
    Run,
    /// Nothing is sent: only what would be sent is told, and what it would cost.
    Forecast,
}

impl Project {
    /// How the model takes part. A forecast needs no key.
    ///
    /// # Errors
    /// What is no key, a budget that cannot be kept, or an address that is none.
    pub(super) fn model_part(&self, purpose: Purpose) -> Result<ModelPart> {
        let (model, provider) = (&self.settings.model, &self.settings.provider);
        if model.mode == ModelMode::Off {
            return Ok(ModelPart::Off);
        }
        let key = Some(&provider.key_variable).filter(|name| !name.is_empty());
        let key = key.and_then(|name| (self.machine.key)(name)).map(|key| key.trim().to_owned()).filter(|key| !key.is_empty());
        if key.as_ref().is_some_and(|key| key.contains(|c: char| c.is_control() || !c.is_ascii())) {
            return Err(Error::usage(format!("`{}` holds something that is no key", provider.key_variable)));
        }
        if key.is_none() && purpose == Purpose::Run && !is_loopback(&provider.base_url) {
            return Ok(match model.mode {
                ModelMode::Required => ModelPart::Missing(format!("the model is required, and {}", self.missing_key())),
                _ => ModelPart::Off,
            });
        }
        // A limit that nobody asked for cannot bind a server on this machine, and need not.
        let is_own_server = self.settings.is_bound_by_project && is_loopback(&provider.base_url);
        if self.settings.max_cost.is_some() && price(&model.name).is_none() && !is_own_server {
            let message = format!("the price of `{}` is not known, so a budget cannot be kept", model.name);
            return Err(Error::usage(message).hint(Hint::NoBudget));
        }
        let model = HttpModel::new(provider, model, key).map_err(|error| Error::usage(chain(&error)))?;
        Ok(ModelPart::On(Arc::new(model)))
    }

    /// Says that the project chose the model, and what that may cost.
    pub(super) fn chosen_model(&self) -> Option<String> {
        let model = &self.settings.model;
        let is_chosen = |key: &str| self.config.entries.get(key).is_some_and(|entry| entry.origin.is_project());
        if model.mode == ModelMode::Off || !(is_chosen("model.name") || is_chosen("model.reasoning-effort")) {
            return None;
        }
        let price = match price(&model.name) {
            Some(price) => format!("${} in and ${} out for a million tokens", price.input, price.out),
            None => "its price is not known".to_owned(),
        };
        let limit = self.settings.max_cost.map_or(String::new(), |limit| format!("; this run may spend {limit}"));
        Some(format!("the project chose the model {}, reasoning effort {}: {price}{limit}", model.name, model.reasoning_effort))
    }

    /// Why the model takes no part, in one line; empty when it does or was not wanted.
    pub fn static_note(&self, model: &ModelPart) -> String {
        if matches!(model, ModelPart::Off) && self.settings.model.mode == ModelMode::Auto {
            return format!(
                "static run: {}; with it, {} is asked about what rules cannot judge",
                self.missing_key(),
                self.settings.model.name
            );
        }
        String::new()
    }

    /// Says where a key was looked for.
    fn missing_key(&self) -> String {
        let provider = &self.settings.provider;
        if provider.key_variable.is_empty() {
            return format!("`provider.key-variable` names no key for {}", provider.base_url);
        }
        format!("`{}` is not set", provider.key_variable)
    }
}
