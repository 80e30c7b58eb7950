//! A component that is an analyzer: loaded when it is first called, its instances reused, its failures told and counted.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use wasmtime::Store;

use super::bindings::Analyzer as Exports;
use super::clock::Allowance;
use super::convert;
use super::engine::PluginHost;
use super::error::{self, PluginError};
use super::given;
use super::host::HostState;
use super::manifest::{Manifest, OperationInfo};
use super::words::tame;
use crate::analyzer::{Analyzer, AnalyzerError, Claims, Conclusion, Subject};
use crate::types::{Digest, Exchange, Question, Ticks};

/// Failures in a row after which a plugin is not called any more.
const MAX_FAILURES: u32 = 5;

/// What the settings allow a plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grants {
    /// It may ask the model.
    pub model: bool,
    /// It may see outlines and documents.
    pub project: bool,
}

impl Grants {
    /// What our own analyzers get.
    pub const ALL: Self = Self { model: true, project: true };
}

/// A component that was handed to a [`PluginHost`]. It is compiled when it is first called.
pub struct Plugin {
    id: String,
    digest: Digest,
    code: Code,
    grants: Grants,
    max_cost: Option<Ticks>,
    host: Arc<PluginHost>,
    manifest: OnceLock<Option<Manifest>>,
    idle: Mutex<Vec<Instance>>,
    allowance: Arc<Allowance>,
    /// Units in a row for which it gave out.
    failures: AtomicU32,
}

/// Where a component is.
#[derive(Clone, Debug)]
enum Code {
    Here(Cow<'static, [u8]>),
    /// Read when it is first called, and then its hash must be the plugin's digest.
    File(PathBuf),
}

/// A live component. After any trap it is thrown away.
struct Instance {
    store: Store<HostState>,
    exports: Exports,
}

impl Plugin {
    /// Takes a component. `digest` is the SHA-256 of `bytes`; whoever knows it already need not hash again.
    pub fn new(id: &str, bytes: impl Into<Cow<'static, [u8]>>, digest: Digest, grants: Grants, host: Arc<PluginHost>) -> Self {
        Self {
            id: id.to_owned(),
            digest,
            code: Code::Here(bytes.into()),
            grants,
            max_cost: None,
            host,
            manifest: OnceLock::new(),
            idle: Mutex::new(Vec::new()),
            allowance: Arc::default(),
            failures: AtomicU32::new(0),
        }
    }

    /// Takes a component that stands in a file and whose digest is known. Nothing is read yet: a run that calls no plugin opens none.
    pub fn from_file(id: &str, path: PathBuf, digest: Digest, grants: Grants, host: Arc<PluginHost>) -> Self {
        Self { code: Code::File(path), ..Self::new(id, Vec::new(), digest, grants, host) }
    }

    /// It may spend no more than this in one run.
    #[must_use]
    pub fn with_max_cost(mut self, limit: Ticks) -> Self {
        self.max_cost = Some(limit);
        self
    }

    /// Most that it may spend in one run.
    pub fn max_cost(&self) -> Option<Ticks> {
        self.max_cost
    }

    /// What the settings allow it.
    pub fn grants(&self) -> Grants {
        self.grants
    }

    /// What the plugin says of itself.
    ///
    /// # Errors
    /// A component that cannot be loaded or that fails.
    pub fn manifest(&self) -> Result<Manifest, PluginError> {
        let manifest = self.call("manifest", None, |exports, store| exports.call_manifest(store).map(Ok))?;
        convert::manifest(&self.id, manifest)
    }

    /// What the plugin says of one of its operations; nothing when it cannot even say that, which the call itself will tell.
    fn operation(&self, name: &str) -> Option<&OperationInfo> {
        let manifest = self.manifest.get_or_init(|| self.manifest().ok()).as_ref()?;
        manifest.operations.iter().find(|operation| operation.name == name)
    }

    /// Whether it came with devflow.
    fn is_embedded(&self) -> bool {
        matches!(&self.code, Code::Here(Cow::Borrowed(_)))
    }

    /// Whether it could say what it can do, once it was asked.
    fn has_manifest(&self) -> bool {
        self.manifest.get().is_some_and(Option::is_some)
    }

    #[expect(clippy::disallowed_methods, reason = "plugin files are read here")]
    fn bytes(&self) -> Result<Cow<'_, [u8]>, PluginError> {
        let path = match &self.code {
            Code::Here(bytes) => return Ok(Cow::Borrowed(bytes)),
            Code::File(path) => path,
        };
        let fail = |reason: String| PluginError::Load { id: self.id.clone(), reason };
        let bytes = std::fs::read(path).map_err(|error| fail(format!("cannot read `{}`: {error}", path.display())))?;
        let found = Digest::of(&bytes);
        if found != self.digest {
            return Err(fail(format!("`{}` has the checksum {found}, and {} was expected", path.display(), self.digest)));
        }
        Ok(Cow::Owned(bytes))
    }

    /// Names of the interfaces that the component imports.
    ///
    /// # Errors
    /// A component that cannot be read or compiled.
    pub fn imports(&self) -> Result<Vec<String>, PluginError> {
        self.host.imports(&self.id, &self.bytes()?, &self.digest)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Instance>> {
        // A list is whole between two statements, whoever panicked.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn instance(&self) -> Result<Instance, PluginError> {
        let idle = self.idle().pop();
        if let Some(instance) = idle {
            return Ok(instance);
        }
        let pre = self.host.loaded(&self.id, &self.digest, || self.host.load(&self.id, &self.bytes()?, &self.digest))?;
        let mut store = self.host.new_store(&self.allowance);
        let exports = pre.instantiate(&mut store).map_err(|error| {
            let reason = tame(&format!("{error:#}"));
            PluginError::Load { id: self.id.clone(), reason }
        })?;
        Ok(Instance { store, exports })
    }

    fn call<T>(
        &self,
        function: &'static str,
        subject: Option<&Arc<Subject>>,
        work: impl FnOnce(&Exports, &mut Store<HostState>) -> wasmtime::Result<Result<T, String>>,
    ) -> Result<T, PluginError> {
        if convert::is_reserved(&self.id) {
            return Err(PluginError::Reserved { id: self.id.clone() });
        }
        let failures = self.failures.load(Ordering::Relaxed);
        if failures >= MAX_FAILURES {
            return Err(PluginError::PutAside { id: self.id.clone(), failures: MAX_FAILURES });
        }
        let result = self.call_instance(function, subject, work);
        // The manifest says nothing about units, and is asked for on the way to them.
        if subject.is_some() {
            match &result {
                Err(error) if error.is_failure() => {
                    self.failures.fetch_add(1, Ordering::Relaxed);
                }
                Err(_) | Ok(_) => self.failures.store(0, Ordering::Relaxed),
            }
        }
        result
    }

    fn call_instance<T>(
        &self,
        function: &'static str,
        subject: Option<&Arc<Subject>>,
        work: impl FnOnce(&Exports, &mut Store<HostState>) -> wasmtime::Result<Result<T, String>>,
    ) -> Result<T, PluginError> {
        let mut instance = self.instance()?;
        instance.store.data_mut().enter(subject);
        self.host.arm(&mut instance.store);
        let result = work(&instance.exports, &mut instance.store);
        let said = instance.store.data_mut().leave();
        match result {
            Ok(answer) => {
                self.idle().push(instance);
                answer.map_err(|words| PluginError::Refused { id: self.id.clone(), function, message: tame(&words) })
            }
            Err(_) if self.host.is_cancelled() => Err(PluginError::Cancelled { id: self.id.clone() }),
            Err(trap) => Err(error::from_trap(&self.id, function, &trap, said, self.host.limits())),
        }
    }
}

impl Analyzer for Plugin {
    fn id(&self) -> &str {
        &self.id
    }

    fn digest(&self) -> Digest {
        self.digest
    }

    fn prepare(&self, operation: &str, empty: &Arc<Subject>) {
        // One that hangs would cost its deadline here and once more with its first unit.
        if !self.is_embedded() {
            return;
        }
        // What it wants to have compiled, it asks for with the first file, be there anything in it or not.
        if let Err(error) = self.inspect(operation, empty, "{}") {
            tracing::debug!(%error, "nothing could be prepared");
        }
    }

    fn inspect(&self, operation: &str, subject: &Arc<Subject>, options: &str) -> Result<Claims, AnalyzerError> {
        let unit = subject.unit.scope;
        let wrong = match self.operation(operation) {
            Some(info) if info.scope == unit => None,
            Some(info) => Some(PluginError::Scope {
                id: self.id.clone(),
                operation: operation.to_owned(),
                scope: info.scope.name(),
                unit: unit.name(),
            }),
            None if self.has_manifest() => Some(PluginError::Refused {
                id: self.id.clone(),
                function: "inspect",
                message: format!("it has no operation `{operation}`"),
            }),
            None => None,
        };
        if let Some(wrong) = wrong {
            return Err(analyzer_error(wrong));
        }
        let unit = given::unit(&subject.unit);
        let report = self.call("inspect", Some(subject), |exports, store| exports.call_inspect(store, operation, &unit, options));
        report.map_err(analyzer_error).and_then(|report| convert::claims(&self.id, report, subject).map_err(analyzer_error))
    }

    fn question(&self, operation: &str, subject: &Arc<Subject>, options: &str) -> Result<Option<Question>, AnalyzerError> {
        // A grant is not a wish: an operation that does not say it asks never does.
        if self.operation(operation).is_some_and(|info| !info.asks_model) {
            return Ok(None);
        }
        let unit = given::unit(&subject.unit);
        let question = self.call("question", Some(subject), |exports, store| exports.call_question(store, operation, &unit, options));
        let question = question.map_err(analyzer_error)?;
        question.map(|question| convert::question(&self.id, question)).transpose().map_err(analyzer_error)
    }

    fn conclude(
        &self,
        operation: &str,
        subject: &Arc<Subject>,
        options: &str,
        exchange: Exchange<'_>,
    ) -> Result<Conclusion, AnalyzerError> {
        let (unit, exchange) = (given::unit(&subject.unit), convert::exchange(exchange));
        let conclusion =
            self.call("conclude", Some(subject), |exports, store| exports.call_conclude(store, operation, &unit, options, &exchange));
        let conclusion = conclusion.map_err(analyzer_error)?;
        let claims = convert::claims(&self.id, conclusion.report, subject).map_err(analyzer_error)?;
        let follow_up = conclusion.follow_up.map(|question| convert::question(&self.id, question));
        Ok(Conclusion { claims, follow_up: follow_up.transpose().map_err(analyzer_error)? })
    }
}

fn analyzer_error(error: PluginError) -> AnalyzerError {
    AnalyzerError { message: error.to_string() }
}

impl std::fmt::Debug for Plugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Plugin({} {})", self.id, self.digest.short())
    }
}
