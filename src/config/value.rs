//! Owns the values that a setting can have.

use std::fmt;

/// The value of a setting, by its kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `"text"`
    Text(String),
    /// `3`
    Whole(i64),
    /// `0.5`
    Number(f64),
    /// `true`
    Flag(bool),
    /// `["a", "b"]`
    List(Vec<String>),
}

impl Value {
    /// Brings the value to the kind of `pattern`, the default of its key, where nothing is lost by it.
    ///
    /// A key whose default is the text `none` or a number takes both texts and numbers.
    pub fn coerce(&self, pattern: &Self) -> Option<Self> {
        match (pattern, self) {
            (Self::Text(none), Self::Number(_) | Self::Whole(_)) if none == "none" => Some(self.clone()),
            (Self::Whole(_), Self::Number(_)) if pattern == &Self::Whole(0) => Some(self.clone()),
            (Self::Number(_), Self::Whole(whole)) => Some(Self::Number(*whole as f64)),
            _ if std::mem::discriminant(pattern) == std::mem::discriminant(self) => Some(self.clone()),
            _ => None,
        }
    }

    /// Reads the text of a flag or an environment variable as the kind of `pattern`; falls back to text, which
    /// [`Value::coerce`] then refuses with a message.
    pub fn read(text: &str, pattern: &Self) -> Self {
        let as_text = || Self::Text(text.to_owned());
        let number = || text.parse().ok().filter(|number: &f64| number.is_finite()).map(Self::Number);
        let whole = || text.parse().ok().map(Self::Whole);
        match pattern {
            Self::Text(none) if none == "none" => whole().or_else(number).unwrap_or_else(as_text),
            Self::Text(_) => as_text(),
            Self::Whole(_) | Self::Number(_) => whole().or_else(number).unwrap_or_else(as_text),
            Self::Flag(_) => text.parse().map_or_else(|_| as_text(), Self::Flag),
            Self::List(_) => {
                let inner = text.trim().trim_start_matches('[').trim_end_matches(']');
                let items = inner.split(',').map(|item| item.trim().trim_matches('"').to_owned());
                Self::List(items.filter(|item| !item.is_empty()).collect())
            }
        }
    }

    /// As an analyzer gets it.
    pub fn json(&self) -> serde_json::Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Whole(whole) => (*whole).into(),
            Self::Number(number) => (*number).into(),
            Self::Flag(flag) => (*flag).into(),
            Self::List(items) => items.clone().into(),
        }
    }

    /// What to call values of this kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Text(none) if none == "none" => "`none` or a number",
            Self::Text(_) => "text in quotes",
            Self::Whole(0) => "a number",
            Self::Whole(_) => "a whole number",
            Self::Number(_) => "a number",
            Self::Flag(_) => "`true` or `false`",
            Self::List(_) => "a list of texts",
        }
    }
}

impl fmt::Display for Value {
    /// As TOML.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{}", toml::Value::String(text.clone())),
            Self::Whole(whole) => write!(f, "{whole}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::List(items) => write!(f, "{}", toml::Value::Array(items.iter().map(|item| toml::Value::String(item.clone())).collect())),
        }
    }
}
