//! Owns the meaning of settings: typed, complete, checked.

use super::bounds::is_chosen_by_project;
use super::entries::Config;
use super::origin::{Entry, wrong_value};
use super::overrides::{OverrideSettings, role_names};
use super::pipelines::PipelineSettings;
use super::plugins::PluginSettings;
use super::value::Value;
use crate::diag::{Diagnostic, nearest};
use crate::types::{Role, Severity, Ticks};

/// All settings of a run. Every stage gets its section.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Section `[files]`: which files are analyzed.
    pub files: FileSettings,
    /// Section `[batch]`: how files are grouped, and by how many threads they are read.
    pub batch: BatchSettings,
    /// Section `[gate]`: which results fail a run.
    pub gate: GateSettings,
    /// Section `[model]`: which model takes part, and when.
    pub model: ModelSettings,
    /// Section `[provider]`: the server, and how it is reached.
    pub provider: ProviderSettings,
    /// `[budget] max-usd`, or `project-max-usd` where that is lower and the project chose the model; none for no limit.
    pub max_cost: Option<Ticks>,
    /// Whether that limit is there because the project chose the model.
    pub is_bound_by_project: bool,
    /// `[project] id`; empty for none.
    pub project_id: String,
    /// `[history] keep-runs`; 0 for all.
    pub keep_runs: u64,
    /// `[history] keep-days`; 0 for ever.
    pub keep_days: i64,
    /// `[cache] answer-ttl`, in seconds.
    pub answer_ttl_s: i64,
    /// Section `[analyzers]`: which analyzers take part, and under which limits.
    pub analyzers: AnalyzerSettings,
    /// Section `[report]`: what the reports show.
    pub report: ReportSettings,
    /// Tables `[[plugin]]`; a later table has replaced an earlier one of the same name.
    pub plugins: Vec<PluginSettings>,
    /// Tables `[pipeline.NAME]`, by name, each with what it takes from those that it extends.
    pub pipelines: Vec<PipelineSettings>,
    /// Tables `[[override]]`, those of the weakest layer first.
    pub overrides: Vec<OverrideSettings>,
}

/// What is looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct FileSettings {
    /// Largest file that is analyzed, in bytes.
    pub limit_size: u64,
    /// Roles whose files are looked at.
    pub roles: Vec<Role>,
    /// Names of folders with other people's code; such a folder is declined unless it is named.
    pub vendored: Vec<String>,
    /// Honour `.gitignore`, `.ignore` and `.devflowignore`.
    pub ignore_files: bool,
    /// Look at hidden files.
    pub hidden: bool,
}

/// How the files of a batch are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchGroup {
    /// `size` files to a batch, whatever folders they are in.
    Count,
    /// The files of a folder stay together.
    Directory,
}

/// How work is cut.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchSettings {
    /// Files, at least one.
    pub size: usize,
    /// How they are chosen.
    pub group: BatchGroup,
    /// Threads; 0 for one per core.
    pub jobs: usize,
}

/// When findings hit the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailOn {
    /// No finding hits the gate, however bad it is.
    Never,
    /// A finding that is at least this bad.
    AtLeast(Severity),
}

/// What makes the exit status 1.
#[derive(Clone, Debug, PartialEq)]
pub struct GateSettings {
    /// The severity from which a finding hits the gate.
    pub fail_on: FailOn,
    /// By the overall score of a file; 0 for never.
    pub fail_below: f64,
}

/// Whether the model takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelMode {
    /// When there is a key.
    Auto,
    /// Never, even when there is a key.
    Off,
    /// A run without it is incomplete.
    Required,
}

/// How the model is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelSettings {
    /// Whether it takes part.
    pub mode: ModelMode,
    /// Name of the model, as the server knows it.
    pub name: String,
    /// Sent as it is; `default` sends nothing.
    pub reasoning_effort: String,
    /// Longest answer in tokens.
    pub max_output_tokens: u32,
    /// Bytes of a chunk.
    pub chunk_size: usize,
}

/// How a server wants to be spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `POST /responses`
    Responses,
    /// `POST /chat/completions`
    Chat,
}

impl Dialect {
    /// The name in settings and keys.
    pub fn name(self) -> &'static str {
        match self {
            Self::Responses => "responses",
            Self::Chat => "chat",
        }
    }
}

/// How the server is reached.
#[derive(Clone, Debug, PartialEq)]
pub struct ProviderSettings {
    /// Without a slash at the end.
    pub base_url: String,
    /// The dialect in use; `auto` has been decided by `base_url`.
    pub dialect: Dialect,
    /// Name of the variable with the key.
    pub key_variable: String,
    /// Requests at once, at least one.
    pub concurrency: usize,
    /// Tries for one request, at least one.
    pub attempts: u32,
    /// First wait between two tries, in seconds.
    pub retry_wait_s: f64,
    /// Longest wait for a connection, in seconds.
    pub connect_timeout_s: u64,
    /// Longest time for one try, in seconds.
    pub timeout_s: u64,
    /// Longest silence while an answer comes in, in seconds.
    pub idle_timeout_s: u64,
    /// PEM file with further certificate authorities; empty for none.
    pub ca_file: String,
}

/// Who looks at the code and under which limits.
#[derive(Clone, Debug, PartialEq)]
pub struct AnalyzerSettings {
    /// Ids of the analyzers that take part, such as `review`.
    pub enabled: Vec<String>,
    /// Names of rules, without the analyzer.
    pub disabled_rules: Vec<String>,
    /// For one call, in milliseconds.
    pub deadline_ms: u64,
    /// Of one instance, in bytes.
    pub memory_bytes: usize,
    /// Of one call, in bytes.
    pub output_bytes: usize,
}

/// What reports show, and which scores need attention.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportSettings {
    /// Findings shown on the terminal.
    pub worst: usize,
    /// A lower overall score needs attention.
    pub attention_below: f64,
    /// Empty for the embedded one.
    pub markdown_template: String,
}

impl Settings {
    /// Understands every key of `config`; what is wrong goes to `diagnostics` and gets a harmless value.
    pub(super) fn understand(config: &Config, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut reader = Reader { config, diagnostics };
        let base_url = reader.text("provider.base-url").trim_end_matches('/').to_owned();
        if !base_url.starts_with("http://") && !base_url.starts_with("https://") {
            reader.refuse("provider.base-url", "expected a URL that begins with `https://` or `http://`");
        }
        let dialect = match reader.choice("provider.dialect", &["auto", "responses", "chat"]) {
            1 => Dialect::Responses,
            2 => Dialect::Chat,
            _ if is_xai(&base_url) => Dialect::Responses,
            _ => Dialect::Chat,
        };
        let (own_budget, project_budget) = (reader.usd("budget.max-usd"), reader.usd("budget.project-max-usd"));
        let bound = project_budget.filter(|_| is_chosen_by_project(&config.entries));
        let is_bound_by_project = bound.is_some_and(|bound| own_budget.is_none_or(|own| bound < own));
        let max_cost = if is_bound_by_project { bound } else { own_budget };
        let key_variable = match reader.filled("provider.key-variable").as_str() {
            "auto" if is_xai(&base_url) => XAI_KEY_VARIABLE.to_owned(),
            "auto" => String::new(),
            name => name.to_owned(),
        };
        Self {
            files: reader.files(),
            batch: reader.batch(),
            gate: reader.gate(),
            model: reader.model(),
            max_cost,
            is_bound_by_project,
            project_id: reader.text("project.id"),
            keep_runs: reader.whole("history.keep-runs", 0, 1_000_000),
            keep_days: reader.whole("history.keep-days", 0, 100_000) as i64,
            answer_ttl_s: reader.whole("cache.answer-ttl", 0, 24 * 3660) as i64 * 3600,
            analyzers: reader.analyzers(),
            plugins: Vec::new(),
            pipelines: Vec::new(),
            overrides: Vec::new(),
            report: ReportSettings {
                worst: reader.whole("report.worst", 0, 10_000) as usize,
                attention_below: reader.number("report.attention-below", 0.0, 100.0),
                markdown_template: reader.text("report.markdown-template"),
            },
            provider: ProviderSettings {
                base_url,
                dialect,
                key_variable,
                concurrency: reader.whole("provider.concurrency", 1, 1000) as usize,
                attempts: reader.whole("provider.attempts", 1, 20) as u32,
                retry_wait_s: reader.number("provider.retry-wait", 0.0, 600.0),
                connect_timeout_s: reader.whole("provider.connect-timeout", 1, 600),
                timeout_s: reader.whole("provider.timeout", 1, 7200),
                idle_timeout_s: reader.whole("provider.idle-timeout", 1, 7200),
                ca_file: reader.text("provider.ca-file"),
            },
        }
    }
}

/// Where the key of the default provider is.
pub const XAI_KEY_VARIABLE: &str = "XAI_API_KEY";

/// Whether a base URL points to xAI's own servers.
pub fn is_xai(base_url: &str) -> bool {
    // Parsers disagree on what is the host of such a URL.
    if base_url.contains(['\\', '@']) {
        return false;
    }
    let host = base_url.split_once("://").map_or(base_url, |(_, rest)| rest).split(['/', ':']).next().unwrap_or("");
    host == "x.ai" || host.ends_with(".x.ai")
}

struct Reader<'a> {
    config: &'a Config,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Reader<'_> {
    fn files(&mut self) -> FileSettings {
        FileSettings {
            limit_size: self.whole("files.limit-size", 1, 1 << 30),
            roles: self.roles(),
            vendored: self.list("files.vendored"),
            ignore_files: self.flag("files.ignore-files"),
            hidden: self.flag("files.hidden"),
        }
    }

    fn roles(&mut self) -> Vec<Role> {
        let names = self.list("files.roles");
        let known: Vec<Role> = names.iter().filter_map(|name| Role::from_name(name)).collect();
        if let Some(wrong) = names.iter().find(|name| Role::from_name(name).is_none()) {
            self.refuse("files.roles", &format!("`{wrong}` is not one of {}", role_names()));
        }
        known
    }

    fn batch(&mut self) -> BatchSettings {
        let group = match self.choice("batch.group", &["count", "directory"]) {
            1 => BatchGroup::Directory,
            _ => BatchGroup::Count,
        };
        BatchSettings { size: self.whole("batch.size", 1, 100_000) as usize, group, jobs: self.whole("batch.jobs", 0, 1024) as usize }
    }

    fn gate(&mut self) -> GateSettings {
        let names = ["never", "info", "low", "medium", "high", "critical"];
        let fail_on = match self.choice("gate.fail-on", &names) {
            0 => FailOn::Never,
            at => Severity::from_name(names[at]).map_or(FailOn::Never, FailOn::AtLeast),
        };
        GateSettings { fail_on, fail_below: self.number("gate.fail-below", 0.0, 100.0) }
    }

    fn model(&mut self) -> ModelSettings {
        let mode = match self.choice("model.mode", &["auto", "off", "required"]) {
            1 => ModelMode::Off,
            2 => ModelMode::Required,
            _ => ModelMode::Auto,
        };
        let efforts = ["default", "none", "low", "medium", "high", "xhigh"];
        let effort = self.choice("model.reasoning-effort", &efforts);
        ModelSettings {
            mode,
            name: self.filled("model.name"),
            reasoning_effort: efforts[effort].to_owned(),
            max_output_tokens: self.whole("model.max-output-tokens", 16, 1 << 20) as u32,
            chunk_size: self.whole("model.chunk-size", 1000, 1 << 20) as usize,
        }
    }

    fn usd(&mut self, key: &str) -> Option<Ticks> {
        match &self.entry(key).value {
            Value::Whole(usd) if *usd >= 0 => Some(Ticks::from_usd(*usd as f64)),
            Value::Number(usd) if *usd >= 0.0 && usd.is_finite() => Some(Ticks::from_usd(*usd)),
            Value::Text(text) if text == "none" => None,
            _ => {
                self.refuse(key, "expected `none` or a number that is not negative");
                None
            }
        }
    }

    fn analyzers(&mut self) -> AnalyzerSettings {
        AnalyzerSettings {
            enabled: self.list("analyzers.enabled"),
            disabled_rules: self.list("analyzers.disabled-rules"),
            deadline_ms: self.whole("analyzers.deadline", 1, 600_000),
            memory_bytes: (self.whole("analyzers.memory", 1, 4096) as usize) << 20,
            output_bytes: (self.whole("analyzers.output", 1, 1024) as usize) << 20,
        }
    }

    fn entry(&self, key: &str) -> &Entry {
        self.config.entries.get(key).expect("every key that is read stands in the defaults")
    }

    fn refuse(&mut self, key: &str, expected: &str) {
        let diagnostic = wrong_value(key, self.entry(key), expected);
        self.diagnostics.push(diagnostic);
    }

    fn text(&self, key: &str) -> String {
        match &self.entry(key).value {
            Value::Text(text) => text.clone(),
            other => other.to_string(),
        }
    }

    /// A text that must not be empty.
    fn filled(&mut self, key: &str) -> String {
        let text = self.text(key);
        if text.trim().is_empty() {
            self.refuse(key, "expected a name");
        }
        text
    }

    fn flag(&self, key: &str) -> bool {
        self.entry(key).value == Value::Flag(true)
    }

    fn list(&self, key: &str) -> Vec<String> {
        match &self.entry(key).value {
            Value::List(items) => items.clone(),
            _ => Vec::new(),
        }
    }

    fn whole(&mut self, key: &str, least: u64, most: u64) -> u64 {
        match self.entry(key).value {
            Value::Whole(whole) if u64::try_from(whole).is_ok_and(|whole| (least..=most).contains(&whole)) => whole as u64,
            _ => {
                self.refuse(key, &format!("expected a whole number from {least} to {most}"));
                least
            }
        }
    }

    fn number(&mut self, key: &str, least: f64, most: f64) -> f64 {
        let number = match self.entry(key).value {
            Value::Whole(whole) => whole as f64,
            Value::Number(number) => number,
            _ => f64::NAN,
        };
        if (least..=most).contains(&number) {
            return number;
        }
        self.refuse(key, &format!("expected a number from {least} to {most}"));
        least
    }

    fn choice(&mut self, key: &str, names: &[&str]) -> usize {
        let text = self.text(key);
        if let Some(at) = names.iter().position(|name| *name == text) {
            return at;
        }
        // A value that merely looks alike may mean the opposite: `severe` is not `never`.
        let alike = names.iter().copied().filter(|name| name.chars().next() == text.chars().next());
        let label = match nearest(&text, alike) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("expected one of `{}`", names.join("`, `")),
        };
        self.refuse(key, &label);
        0
    }
}
