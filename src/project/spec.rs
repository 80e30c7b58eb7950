//! The spec of a run: plain data that says what it is to do. It holds no key, no handle and no callback, so that it can be written down,
//! sent and run again elsewhere.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::config::Layer;
use crate::diag::Diagnostic;
use crate::types::Role;

/// Bytes that are text nearly always: a path, the text of a diff. In JSON a string where they are UTF-8, else `{"hex": "…"}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub Vec<u8>);

impl Bytes {
    /// The bytes as a path.
    pub fn to_os_string(&self) -> OsString {
        os_string(&self.0)
    }
}

impl<T: AsRef<OsStr> + ?Sized> From<&T> for Bytes {
    fn from(text: &T) -> Self {
        Self(text.as_ref().as_encoded_bytes().to_vec())
    }
}

/// The name that bytes stand for.
#[cfg(unix)]
pub fn os_string(bytes: &[u8]) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes.to_vec())
}

/// The name that bytes stand for; what is not UTF-8 cannot be a name here.
#[cfg(not(unix))]
pub fn os_string(bytes: &[u8]) -> OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(&self.0) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => {
                let hex: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
                BTreeMap::from([("hex", hex)]).serialize(serializer)
            }
        }
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => Ok(Self(text.into_bytes())),
            value => {
                let hex = value["hex"].as_str().filter(|hex| hex.len() % 2 == 0 && hex.is_ascii());
                let hex = hex.ok_or_else(|| D::Error::custom("expected a text, or `hex` with pairs of hexadecimal digits"))?;
                let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).map_err(D::Error::custom);
                (0..hex.len()).step_by(2).map(byte).collect::<Result<_, _>>().map(Self)
            }
        }
    }
}

/// Who set the values of a layer. It decides what the layer may set, and how messages name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LayerSource {
    /// Variables of the environment, by their names.
    Environment,
    /// A flag, by its name, or whatever a door has instead of flags.
    Flag(String),
    /// A script, for the runs that it starts.
    Script {
        /// Whether it came with the project.
        is_project: bool,
    },
}

/// Settings over those of the files: keys with the text of their values, in their order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SettingsLayer {
    /// Who set the values: not everyone may set every key.
    pub from: LayerSource,
    /// Such as `batch.size` and `40`; of the environment, names of variables.
    pub values: Vec<(String, String)>,
}

impl SettingsLayer {
    /// Settings that a flag gave.
    pub fn flag(name: &str, values: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { from: LayerSource::Flag(name.to_owned()), values: values.into_iter().collect() }
    }

    /// The layer as the configuration has it, with warnings about variables that are not settings.
    pub(super) fn read(&self) -> (Layer, Vec<Diagnostic>) {
        let values = self.values.iter().cloned();
        match &self.from {
            LayerSource::Environment => Layer::from_environment(values),
            LayerSource::Flag(name) => (Layer::from_flags(values, name), Vec::new()),
            LayerSource::Script { is_project } => (Layer::from_script(values, *is_project), Vec::new()),
        }
    }
}

/// Which operations a run has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Work {
    /// Those that the settings enable, for every file.
    Enabled,
    /// The named operations, in this order.
    Operations {
        /// Such as `review:file`.
        names: Vec<String>,
        /// Each goes to the operations that know it; one that none knows is a mistake.
        options: BTreeMap<String, String>,
    },
    /// Those of a pipeline, with its settings, paths, selection, reports and script.
    Pipeline(String),
    /// All of a component that stands in this file, but those that look at changes; without the model.
    Component(Bytes),
}

/// Where relative paths of a spec begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PathsFrom {
    /// Where the user is.
    WorkingDirectory,
    /// The root of the project.
    Project,
}

/// The text of a unified diff, with a name for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DiffSpec {
    /// Where it came from, for messages: a file, or `-`.
    pub name: Bytes,
    /// The diff, as git or `diff -u` writes it.
    pub text: Bytes,
}

/// How generated files and patches are tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TrialSpec {
    /// A command for a shell: it must succeed.
    pub command: String,
    /// Longest time of one run of it, in seconds.
    pub limit_s: u64,
    /// Whether a test must make the command fail when what it tests is faulty.
    pub mutate: bool,
}

/// Everything that a run needs from outside. Gates and budget are settings: `gate.fail-on`, `gate.fail-below`, `budget.max-usd`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RunSpec {
    /// Which operations the run has.
    pub work: Work,
    /// Paths and globs that the user named, each by itself: they must be there and be looked at. Of a pipeline, they take the place of its own.
    pub paths: Vec<Bytes>,
    /// Names that a list brought: one that is not there is skipped.
    pub listed: Vec<Bytes>,
    /// Whether there was a list, which may have been empty.
    pub has_list: bool,
    /// Where relative paths begin.
    pub paths_from: PathsFrom,
    /// For operations that look at changes.
    pub diff: Option<DiffSpec>,
    /// Settings over those of the files, the weakest first.
    pub settings: Vec<SettingsLayer>,
    /// Whether results and answers of earlier runs are left aside; new ones are kept all the same.
    pub fresh: bool,
    /// Whether the run becomes a part of the history.
    pub keep: bool,
    /// What all files are, in place of what their paths and texts say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// How generated files are tried, if they are.
    pub trial: Option<TrialSpec>,
    /// Reports: `FILE`, whose extension chooses the format, or `FORMAT=FILE`.
    pub outputs: Vec<Bytes>,
    /// Where generated files are written to.
    pub write: Option<WriteSpec>,
}

/// Where generated files are written to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct WriteSpec {
    /// Folder to write artifacts to; a relative path starts from the working directory.
    pub folder: Bytes,
    /// Whether files that are there and different are replaced.
    pub overwrite: bool,
}

impl RunSpec {
    /// A run of this work with nothing else said.
    pub fn new(work: Work, settings: Vec<SettingsLayer>) -> Self {
        Self {
            work,
            paths: Vec::new(),
            listed: Vec::new(),
            has_list: false,
            paths_from: PathsFrom::WorkingDirectory,
            diff: None,
            settings,
            fresh: false,
            keep: true,
            role: None,
            trial: None,
            outputs: Vec::new(),
            write: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_any_kind_survive() {
        for bytes in [&b"src/a.rs"[..], b"a\xff\x00b.rs", b"", b"{\"hex\": 1}"] {
            let bytes = Bytes(bytes.to_vec());
            let json = serde_json::to_string(&bytes).unwrap();
            assert_eq!(serde_json::from_str::<Bytes>(&json).unwrap(), bytes, "{json}");
        }
        assert!(serde_json::from_str::<Bytes>("{\"hex\": \"f\"}").is_err() && serde_json::from_str::<Bytes>("3").is_err());
    }
}
