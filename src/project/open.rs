//! A project that is opened: its root, its settings from all layers, and what is made of them once. Composes no run.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use super::error::{Error, Hint, Result, chain};
use super::machine::Machine;
use super::places::{NamedBy, may_not_read, may_read};
use super::spec::SettingsLayer;
use crate::config::{Config, Layer, PipelineSettings, Settings, XAI_KEY_VARIABLE};
use crate::diag::{Diagnostic, Gravity, nearest};
use crate::plugin::{Limits, PluginHost};
use crate::store::Store;

/// Name of the project's file of settings.
pub const PROJECT_FILE: &str = "devflow.toml";

/// Largest file of settings, in bytes: a checkout brings some of them.
pub(super) const MAX_FILE_BYTES: u64 = 1 << 20;

/// Reads a layer from the name and the text of a file.
type Parse = fn(&str, &str) -> std::result::Result<Layer, Box<Diagnostic>>;

/// A project with the settings that are in force for one request.
#[derive(Clone)]
pub struct Project {
    /// What the door told of the machine.
    pub machine: Machine,
    /// The folder that all paths of results are relative to.
    pub root: PathBuf,
    /// All settings with their origins.
    pub config: Config,
    /// The same settings, typed and checked.
    pub settings: Settings,
    /// Files of settings that were read, as the user knows them.
    pub files: Vec<PathBuf>,
    /// What the user should know of the settings.
    pub warnings: Vec<Diagnostic>,
    /// Layers of the files, before anything is put over them.
    file_layers: Vec<Layer>,
    /// Notes that were given already.
    noted: Arc<Mutex<BTreeSet<String>>>,
    /// Made when the first plugin is needed.
    host: Arc<OnceLock<Arc<PluginHost>>>,
}

/// The nearest folder upwards that has a `devflow.toml` or a `.git`; else the working directory.
fn root_above(working_directory: &Path) -> PathBuf {
    let is_root = |folder: &&Path| folder.join(PROJECT_FILE).is_file() || folder.join(".git").exists();
    working_directory.ancestors().find(is_root).unwrap_or(working_directory).to_owned()
}

#[expect(clippy::disallowed_methods, reason = "configuration files are read here")]
fn read_layer(working_directory: &Path, shown: &Path, is_required: bool, parse: Parse) -> Result<Option<Layer>> {
    // Relative names begin where the user is, which need not be where this process is.
    let path = working_directory.join(shown);
    // Reading a pipe would wait for ever, and a link that leads nowhere is a mistake, not an absence.
    if path.symlink_metadata().is_ok() && !path.is_file() {
        return Err(Error::usage(format!("`{}` is no file that can be read", shown.display())));
    }
    if path.metadata().is_ok_and(|data| data.len() > MAX_FILE_BYTES) {
        return Err(Error::usage(format!("`{}` is larger than 1 MiB", shown.display())));
    }
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(parse(&shown.display().to_string(), &text)?)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !is_required => Ok(None),
        Err(error) => Err(Error::usage(format!("cannot read `{}`: {error}", shown.display()))),
    }
}

/// A layer of a file: its name as the user knows it, whether it has to be there, and how it is read.
type LayerFile = (PathBuf, bool, Parse);

/// The files of settings, the weakest first.
fn layer_files(machine: &Machine, root: &Path) -> Result<Vec<LayerFile>> {
    let user = machine.config_folder.as_ref().map(|folder| (folder.join("config.toml"), false, Layer::parse_user as Parse));
    let own = match &machine.settings_file {
        // A file that the user names is the user's own.
        Some(path) => (path.clone(), true, Layer::parse_user as Parse),
        None => {
            let path = root.join(PROJECT_FILE);
            if path.exists() && !may_read(root, NamedBy::Checkout, &path) {
                return Err(may_not_read("file", PROJECT_FILE));
            }
            let shown = path.strip_prefix(&machine.working_directory).map_or(path.clone(), Path::to_owned);
            (shown, false, Layer::parse_project as Parse)
        }
    };
    Ok(user.into_iter().chain([own]).collect())
}

/// The pipeline called `name`.
///
/// # Errors
/// There is none of this name.
pub(super) fn find_pipeline<'a>(pipelines: &'a [PipelineSettings], name: &str) -> Result<&'a PipelineSettings> {
    let known = pipelines.iter().find(|pipeline| pipeline.name == name);
    known.ok_or_else(|| {
        let near = nearest(name, pipelines.iter().map(|pipeline| pipeline.name.as_str()));
        let hint = near.map_or(Hint::ListPipelines, |near| Hint::Meant(near.to_owned()));
        Error::usage(format!("there is no pipeline `{name}`")).hint(hint)
    })
}

impl Project {
    /// Opens the project around the working directory, with `settings` over those of its files.
    ///
    /// # Errors
    /// Files that cannot be read, and all mistakes in the settings.
    pub fn open(machine: Machine, settings: &[SettingsLayer]) -> Result<Self> {
        let root = root_above(&machine.working_directory);
        let (mut file_layers, mut files) = (Vec::new(), Vec::new());
        for (path, is_required, parse) in layer_files(&machine, &root)? {
            if let Some(layer) = read_layer(&machine.working_directory, &path, is_required, parse)? {
                file_layers.push(layer);
                files.push(path);
            }
        }
        let (config, resolved, warnings) = resolve(&file_layers, None, settings)?;
        let (noted, host) = (Arc::default(), Arc::default());
        Ok(Self { machine, root, config, settings: resolved, files, warnings, file_layers, noted, host })
    }

    /// The same project with other settings over those of its files.
    ///
    /// # Errors
    /// All mistakes in the settings.
    pub fn with(&self, settings: &[SettingsLayer]) -> Result<Self> {
        self.resolved(None, settings)
    }

    /// The same with what a pipeline changes: over the files, under `settings`. Gives the pipeline, too.
    ///
    /// # Errors
    /// There is no such pipeline; all mistakes in the settings.
    pub fn with_pipeline(&self, name: &str, settings: &[SettingsLayer]) -> Result<(Self, PipelineSettings)> {
        let (_, known) = Config::resolve(self.file_layers.clone())?;
        let pipeline = find_pipeline(&known.pipelines, name)?.clone();
        Ok((self.resolved(Some(&pipeline), settings)?, pipeline))
    }

    fn resolved(&self, pipeline: Option<&PipelineSettings>, settings: &[SettingsLayer]) -> Result<Self> {
        let (config, settings, warnings) = resolve(&self.file_layers, pipeline, settings)?;
        Ok(Self { config, settings, warnings, host: Arc::default(), ..self.clone() })
    }

    /// Tells what the user should know of the settings.
    pub fn tell_warnings(&self) {
        let warnings = self.warnings.iter().filter(|warning| warning.gravity == Gravity::Warning);
        warnings.for_each(|warning| self.machine.listener.warning(warning));
    }

    /// Gives a note, unless it was given before.
    pub(super) fn note_once(&self, text: &str) {
        if self.is_new(text) {
            self.machine.listener.note(text);
        }
    }

    /// Whether something was not told before.
    pub(super) fn is_new(&self, what: &str) -> bool {
        self.noted.lock().is_ok_and(|mut noted| noted.insert(what.to_owned()))
    }

    /// Opens the store; without a place to write, a store in memory with a note, so that work goes on. Answers that are paid and not kept are
    /// worth a word even to those who want none.
    ///
    /// # Errors
    /// Not even memory can be used.
    pub fn store_or_memory(&self, pays: bool) -> Result<Store> {
        let error = match self.store() {
            Ok(store) => return Ok(store),
            Err(error) => error,
        };
        let listener = &self.machine.listener;
        let hint = error.hint.as_ref().map_or(String::new(), |hint| format!("\n  hint: {}", listener.word(hint)));
        let text = format!("warning: nothing of this run is kept, and nothing kept is used: {}{hint}", error.message);
        if pays {
            listener.alarm(&text);
        } else {
            listener.note(&text);
        }
        Ok(Store::in_memory()?)
    }

    /// Opens the store.
    ///
    /// # Errors
    /// There is no place for it, or it cannot be used.
    pub fn store(&self) -> Result<Store> {
        let home = self.machine.home.as_ref().ok_or_else(|| Error::usage("there is no home directory").hint(Hint::NameHome))?;
        Ok(Store::open(home)?)
    }

    /// Removes kept runs of the project: all but the newest `most`, or without a number, those that the settings give up. Gives their number.
    ///
    /// # Errors
    /// Nothing says which runs to keep, or the store cannot be written.
    pub fn drop_old_runs(&self, store: &Store, most: Option<u64>) -> Result<u64> {
        let Settings { keep_runs, keep_days, .. } = self.settings;
        let (most, days) = match most {
            Some(most) => (Some(most), None),
            None => (Some(keep_runs).filter(|runs| *runs > 0), Some(keep_days).filter(|days| *days > 0)),
        };
        if most.is_none() && days.is_none() {
            return Err(Error::usage("neither a number nor `history.keep-runs` or `history.keep-days` says which runs to keep"));
        }
        let before = days.map(|days| self.machine.now_s() - days * 86_400);
        Ok(store.drop_old_runs(&self.root_name(), most, before)?)
    }

    /// The project as the store knows it.
    pub fn root_name(&self) -> String {
        self.root.to_string_lossy().into_owned()
    }

    /// Variables that hold the provider's key: no command that is run gets them.
    pub fn key_variables(&self) -> Vec<String> {
        let own = Some(&self.settings.provider.key_variable).filter(|name| !name.is_empty()).cloned();
        own.into_iter().chain([XAI_KEY_VARIABLE.to_owned()]).collect()
    }

    /// The sandbox of all plugins, with the limits of the settings. Made once.
    pub fn plugin_host(&self) -> &Arc<PluginHost> {
        self.host.get_or_init(|| {
            let settings = &self.settings.analyzers;
            let limits = Limits {
                deadline: Duration::from_millis(settings.deadline_ms),
                memory_bytes: settings.memory_bytes,
                output_bytes: settings.output_bytes,
            };
            let cache = self.machine.cache_folder.as_ref().map(|folder| folder.join("native"));
            Arc::new(PluginHost::new(limits, cache).cancelled_by(self.machine.cancel.clone()))
        })
    }

    /// An error in one line, in the words of the door.
    pub(super) fn words(&self, error: &Error) -> String {
        error.words(&|hint| self.machine.listener.word(hint))
    }

    /// A path as the user knows it: from the working directory where it lies below it.
    pub(super) fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.machine.working_directory).unwrap_or(path).display().to_string()
    }
}

/// Puts all layers together: files, a pipeline, then the others.
fn resolve(files: &[Layer], pipeline: Option<&PipelineSettings>, others: &[SettingsLayer]) -> Result<(Config, Settings, Vec<Diagnostic>)> {
    let mut layers = files.to_vec();
    layers.extend(pipeline.map(|pipeline| Layer { entries: pipeline.settings.clone(), ..Layer::default() }));
    let mut warnings = Vec::new();
    for other in others {
        let (layer, unknown) = other.read();
        layers.push(layer);
        warnings.extend(unknown);
    }
    let (config, settings) = Config::resolve(layers)?;
    warnings.extend(config.warnings.iter().cloned());
    Ok((config, settings, warnings))
}

/// An error as one line with its causes, as what cannot go on.
pub(super) fn incomplete(error: &dyn std::error::Error) -> Error {
    Error::incomplete(chain(error))
}
