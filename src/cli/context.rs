//! Owns what the commands share: environment, folders, configuration, store, plugins. Never runs a command.

use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::args::{ColorWhen, Global, RunArgs};
use super::exit::{Failed, chain, store_hint};
use super::names::Names;
use super::output;
use super::pipelines::find;
use super::places::{NamedBy, may_not_read, may_read};
use crate::config::{Config, Layer, ModelMode, OverrideSettings, PipelineSettings, Settings, XAI_KEY_VARIABLE, nested};
use crate::diag::{Diagnostic, Gravity};
use crate::pipeline::{Clock, ModelPart, Override, PathArg, Plan};
use crate::plugin::build::hide_variable;
use crate::provider::{HttpModel, is_loopback, price};
use crate::report::Style;
use crate::store::Store;

/// Name of the project's configuration file.
pub(super) const PROJECT_FILE: &str = "devflow.toml";

/// The machine's clock.
pub(super) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one clock")]
    fn now_ns(&self) -> i64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.map_or(0, |since| i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
    }
}

/// A variable of the environment that is set and not empty.
#[expect(clippy::disallowed_methods, reason = "the command line owns the environment")]
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Reads a layer from the name and the text of a file.
type Parse = fn(&str, &str) -> Result<Layer, Box<Diagnostic>>;

/// Settings and where the project is.
#[derive(Clone)]
pub(super) struct Context {
    layers: Vec<Layer>,
    pub(super) config: Config,
    pub(super) settings: Settings,
    /// Configuration files that were read, as the user knows them.
    pub(super) files: Vec<PathBuf>,
    pub(super) project: PathBuf,
    pub(super) working_directory: PathBuf,
    pub(super) home: Option<PathBuf>,
    pub(super) warnings: Vec<Diagnostic>,
    is_quiet: bool,
    /// Whether the plugins of the checkout use what their tables allow.
    pub(super) trusts_plugins: bool,
    /// What was told already.
    noted: Arc<Mutex<BTreeSet<String>>>,
}

#[expect(clippy::disallowed_methods, reason = "the command line owns the working directory")]
fn working_directory() -> Result<PathBuf, Failed> {
    std::env::current_dir().map_err(|error| Failed::usage(format!("cannot tell the working directory: {error}")))
}

/// A folder below the user's directory of a kind: `XDG_DATA_HOME` or `~/.local/share`, for example.
pub(super) fn user_folder(variable_name: &str, below_home: &str) -> Option<PathBuf> {
    let base = variable(variable_name).map(PathBuf::from).filter(|path| path.is_absolute());
    base.or_else(|| Some(PathBuf::from(variable("HOME")?).join(below_home))).map(|base| base.join("devflow"))
}

/// The nearest folder upwards that has a `devflow.toml` or a `.git`; else the working directory.
fn project_root(working_directory: &Path) -> PathBuf {
    let is_root = |folder: &&Path| folder.join(PROJECT_FILE).is_file() || folder.join(".git").exists();
    working_directory.ancestors().find(is_root).unwrap_or(working_directory).to_owned()
}

/// Largest file of settings, in bytes: a checkout brings some of them.
const MAX_FILE_BYTES: u64 = 1 << 20;

#[expect(clippy::disallowed_methods, reason = "configuration files are read here")]
fn read_layer(path: &Path, is_required: bool, parse: Parse) -> Result<Option<Layer>, Failed> {
    // Reading a pipe would wait for ever, and a link that leads nowhere is a mistake, not an absence.
    if path.symlink_metadata().is_ok() && !path.is_file() {
        return Err(Failed::usage(format!("`{}` is no file that can be read", path.display())));
    }
    if path.metadata().is_ok_and(|data| data.len() > MAX_FILE_BYTES) {
        return Err(Failed::usage(format!("`{}` is larger than 1 MiB", path.display())));
    }
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let shown = path.display().to_string();
            parse(&shown, &text).map(Some).map_err(|diagnostic| Failed::from(vec![*diagnostic]))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !is_required => Ok(None),
        Err(error) => Err(Failed::usage(format!("cannot read `{}`: {error}", path.display()))),
    }
}

impl Context {
    /// Reads all layers of the configuration.
    pub(super) fn load(global: &Global, run: &RunArgs) -> Result<Self, Failed> {
        Ok(Self::read(global, run, None)?.0)
    }

    /// The same with what a pipeline changes: over the files, under the environment and the flags.
    pub(super) fn load_pipeline(global: &Global, run: &RunArgs, name: &str) -> Result<(Self, PipelineSettings), Failed> {
        let (context, pipeline) = Self::read(global, run, Some(name))?;
        let pipeline = pipeline.expect("a pipeline that was asked for is there, or an error was given");
        Ok((context, pipeline))
    }

    /// The same with settings over all others.
    pub(super) fn with_layer(global: &Global, run: &RunArgs, layer: Layer) -> Result<Self, Failed> {
        let mut context = Self::load(global, run)?;
        let mut layers = context.layers.clone();
        layers.push(layer);
        (context.config, context.settings) = Config::resolve(layers)?;
        Ok(context)
    }

    fn read(global: &Global, run: &RunArgs, pipeline: Option<&str>) -> Result<(Self, Option<PipelineSettings>), Failed> {
        let working_directory = working_directory()?;
        let project = project_root(&working_directory);
        let mut layers = Vec::new();
        let mut files = Vec::new();
        let user = user_folder("XDG_CONFIG_HOME", ".config").map(|folder| folder.join("config.toml"));
        let own = match &global.config {
            Some(path) => Some((path.clone(), true)),
            None => {
                let path = project.join(PROJECT_FILE);
                let shown = path.strip_prefix(&working_directory).map_or(path.clone(), Path::to_owned);
                Some((shown, false))
            }
        };
        let own_file = project.join(PROJECT_FILE);
        if global.config.is_none() && own_file.exists() && !may_read(&project, NamedBy::Checkout, &own_file) {
            return Err(may_not_read("file", PROJECT_FILE));
        }
        // A file that the user names is the user's own.
        let parse_own: Parse = if global.config.is_some() { Layer::parse_user } else { Layer::parse_project };
        let user = user.map(|path| (path, false, Layer::parse_user as Parse));
        for (path, is_required, parse) in user.into_iter().chain(own.map(|(path, is_required)| (path, is_required, parse_own))) {
            if let Some(layer) = read_layer(&path, is_required, parse)? {
                layers.push(layer);
                files.push(path);
            }
        }
        let pipeline = match pipeline {
            Some(name) => {
                let (_, settings) = Config::resolve(layers.clone())?;
                let pipeline = find(&settings.pipelines, name)?.clone();
                layers.push(Layer { entries: pipeline.settings.clone(), ..Layer::default() });
                Some(pipeline)
            }
            None => None,
        };
        #[expect(clippy::disallowed_methods, reason = "the command line owns the environment")]
        let variables = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let (environment, mut warnings) = Layer::from_environment(variables);
        layers.push(environment);
        layers.extend(flag_layers(global, run));
        let (config, settings) = Config::resolve(layers.clone())?;
        warnings.extend(config.warnings.iter().cloned());
        let home = global.home().or_else(|| user_folder("XDG_DATA_HOME", ".local/share"));
        let is_quiet = global.quiet;
        let trusts_plugins = global.trust_plugins;
        let noted = Arc::default();
        let context = Self { trusts_plugins, layers, config, settings, files, project, working_directory, home, warnings, is_quiet, noted };
        context.key_variables().iter().for_each(|name| hide_variable(name));
        Ok((context, pipeline))
    }

    /// Whether something is to be told that was not told before.
    pub(super) fn notes_once(&self, what: &str) -> bool {
        !self.is_quiet && self.noted.lock().is_ok_and(|mut noted| noted.insert(what.to_owned()))
    }

    /// Opens the store; without a place to write, a store in memory with a warning, so that the run goes on.
    pub(super) fn store_or_memory(&self, is_quiet: bool) -> Result<Store, Failed> {
        let problem = match &self.home {
            Some(home) => match Store::open(home) {
                Ok(store) => return Ok(store),
                Err(error) => format!("{}\n  hint: {}", chain(&error), store_hint(&error)),
            },
            None => "there is no home directory\n  hint: name a folder with `--home`".to_owned(),
        };
        if !is_quiet {
            output::note(&format!("warning: nothing of this run is kept, and nothing kept is used: {problem}"));
        }
        Ok(Store::in_memory()?)
    }

    /// Opens the store, or says why not.
    pub(super) fn store(&self) -> Result<Store, Failed> {
        let home = self.home.as_ref().ok_or_else(|| Failed::usage("there is no home directory").hint("name a folder with `--home`"))?;
        Ok(Store::open(home)?)
    }

    pub(super) fn warn(&self, global: &Global) {
        if !global.quiet {
            let color = colors_errors(global);
            self.warnings
                .iter()
                .filter(|warning| warning.gravity == Gravity::Warning)
                .for_each(|warning| output::note(&warning.render(color)));
        }
    }

    /// Everything that decides a run but its operations. `needs_key` is false where nothing is sent.
    pub(super) fn plan(&self, paths: Vec<PathArg>, run: &RunArgs, needs_key: bool) -> Result<Plan, Failed> {
        let settings = self.settings.clone();
        let names = Names::new(self);
        let mistakes: Vec<Diagnostic> = settings.overrides.iter().flat_map(|one| names.mistakes(one)).collect();
        if !mistakes.is_empty() {
            return Err(Failed::from(mistakes));
        }
        let notices = self.chosen_model().into_iter().collect();
        let nested = move |folder: &str| {
            let all = nested_settings(names.context(), folder)?;
            let mistakes: Vec<Diagnostic> = all.iter().flat_map(|one| names.mistakes(one)).collect();
            if mistakes.is_empty() { Ok(all.into_iter().map(override_of).collect()) } else { Err(mistakes) }
        };
        Ok(Plan {
            paths,
            changes: BTreeMap::new(),
            listed: Vec::new(),
            failures: Vec::new(),
            project: self.project.clone(),
            working_directory: self.working_directory.clone(),
            model_part: self.model_part(needs_key)?,
            files: settings.files,
            batch: settings.batch,
            gate: settings.gate,
            model: settings.model,
            provider: settings.provider,
            analyzers: settings.analyzers,
            max_cost: settings.max_cost,
            answer_ttl_s: settings.answer_ttl_s,
            operations: Vec::new(),
            overrides: settings.overrides.into_iter().map(override_of).collect(),
            nested: Some(Arc::new(nested)),
            hooks: None,
            trial: None,
            tells_rows: false,
            pipeline: String::new(),
            is_kept: true,
            is_fresh: run.fresh,
            keep_days: settings.keep_days,
            notices,
        })
    }

    fn model_part(&self, needs_key: bool) -> Result<ModelPart, Failed> {
        let (model, provider) = (&self.settings.model, &self.settings.provider);
        if model.mode == ModelMode::Off {
            return Ok(ModelPart::Off);
        }
        let key = Some(&provider.key_variable).filter(|name| !name.is_empty());
        let key = key.and_then(|name| variable(name)).map(|key| key.trim().to_owned()).filter(|key| !key.is_empty());
        if key.as_ref().is_some_and(|key| key.contains(|c: char| c.is_control() || !c.is_ascii())) {
            return Err(Failed::usage(format!("`{}` holds something that is no key", provider.key_variable)));
        }
        if key.is_none() && needs_key && !is_loopback(&provider.base_url) {
            return Ok(match model.mode {
                ModelMode::Required => ModelPart::Missing(format!("the model is required, and {}", self.missing_key())),
                _ => ModelPart::Off,
            });
        }
        // A limit that nobody asked for cannot bind a server on this machine, and need not.
        let is_own_server = self.settings.is_bound_by_project && is_loopback(&provider.base_url);
        if self.settings.max_cost.is_some() && price(&model.name).is_none() && !is_own_server {
            let message = format!("the price of `{}` is not known, so a budget cannot be kept", model.name);
            return Err(Failed::usage(message).hint("`--max-usd none` runs without a budget"));
        }
        let model = HttpModel::new(provider, model, key).map_err(|error| Failed::usage(chain(&error)))?;
        Ok(ModelPart::On(Arc::new(model)))
    }

    /// Says that the project chose the model, and what that may cost.
    fn chosen_model(&self) -> Option<String> {
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
    pub(super) fn static_note(&self, plan: &Plan) -> String {
        let is_off = matches!(plan.model_part, ModelPart::Off);
        if is_off && self.settings.model.mode == ModelMode::Auto {
            return format!(
                "static run: {}; with it, {} is asked about what rules cannot judge",
                self.missing_key(),
                self.settings.model.name
            );
        }
        String::new()
    }

    /// Variables that hold the provider's key: no command that is run gets them.
    pub(super) fn key_variables(&self) -> Vec<String> {
        let own = Some(&self.settings.provider.key_variable).filter(|name| !name.is_empty()).cloned();
        own.into_iter().chain([XAI_KEY_VARIABLE.to_owned()]).collect()
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

fn override_of(settings: OverrideSettings) -> Override {
    let options = settings.options.iter().map(|(operation, options)| {
        let options = options.iter().map(|(key, value)| (key.clone(), value.json())).collect();
        (operation.clone(), options)
    });
    Override {
        options: options.collect(),
        paths: settings.paths,
        folder: settings.folder,
        analyzers: settings.analyzers,
        disabled_rules: settings.disabled_rules,
        severities: settings.severities,
    }
}

/// Reads the settings of a folder below the root: none where there is no file.
#[expect(clippy::disallowed_methods, reason = "configuration files are read here")]
pub(super) fn nested_settings(context: &Context, folder: &str) -> Result<Vec<OverrideSettings>, Vec<Diagnostic>> {
    let path = context.project.join(folder).join(PROJECT_FILE);
    // Most folders have none; whatever else stands there is no file of ours, and reading a pipe would wait for ever.
    if !path.is_file() || !may_read(&context.project, NamedBy::Checkout, &path) || is_other_repository(&context.project, folder) {
        return Ok(Vec::new());
    }
    let shown = path.strip_prefix(&context.working_directory).unwrap_or(&path).display().to_string();
    let is_large = path.metadata().is_ok_and(|data| data.len() > MAX_FILE_BYTES);
    let read = if is_large { Err(std::io::Error::other("it is larger than 1 MiB")) } else { std::fs::read_to_string(&path) };
    let text = read.map_err(|error| {
        let message = format!("cannot read `{shown}`: {error}");
        vec![Diagnostic { gravity: Gravity::Error, code: "unreadable", message, excerpt: None, hint: None }]
    })?;
    match nested(&shown, &text, folder) {
        // A file that only a root may have belongs to a project of its own, such as an example or a fixture.
        Err(mistakes) if mistakes.iter().any(|mistake| mistake.code == "not-here") => {
            if context.notes_once(&shown) {
                output::note(&format!("warning: `{shown}` is the file of another project, and is passed over: {}", mistakes[0].message));
            }
            Ok(Vec::new())
        }
        nested => nested,
    }
}

/// Whether a folder below the root lies in a worktree, a submodule or a clone: what stands there is said of another project.
fn is_other_repository(project: &Path, folder: &str) -> bool {
    let folder = project.join(folder);
    folder.ancestors().take_while(|above| *above != project).any(|above| above.join(".git").exists())
}

fn flag_layers(global: &Global, run: &RunArgs) -> Vec<Layer> {
    let flag = |key: &str, value: &Option<String>, name: &str| {
        let value = value.clone()?;
        Some(Layer::from_flags([(key.to_owned(), value)], name))
    };
    let mut layers = vec![Layer::from_flags(global.set.clone(), "--set")];
    layers.extend(flag("batch.size", &run.batch_size, "--batch-size"));
    layers.extend(flag("gate.fail-on", &run.fail_on, "--fail-on"));
    layers.extend(flag("gate.fail-below", &run.fail_below, "--fail-below"));
    layers.extend(flag("budget.max-usd", &run.max_usd, "--max-usd"));
    layers.extend(flag("batch.jobs", &run.jobs, "--jobs"));
    layers.extend(flag("files.limit-size", &run.limit_size, "--limit-size"));
    if run.no_model {
        layers.push(Layer::from_flags([("model.mode".to_owned(), "off".to_owned())], "--no-model"));
    }
    layers
}

fn wants_color(global: &Global, is_terminal: bool) -> bool {
    match global.color {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto => is_terminal && variable("NO_COLOR").is_none(),
    }
}

/// Whether results are coloured.
pub(super) fn style(global: &Global) -> Style {
    if wants_color(global, std::io::stdout().is_terminal()) { Style::Colored } else { Style::Plain }
}

/// Whether errors are coloured.
pub(super) fn colors_errors(global: &Global) -> bool {
    wants_color(global, std::io::stderr().is_terminal())
}
