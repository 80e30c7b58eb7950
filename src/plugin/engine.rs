//! Owns the WASM engine: its settings, its clock, and native code kept between runs. Never calls a plugin.
//!
//! Native code cannot be validated, so a file that somebody else could have written must not be loaded: the folder
//! belongs to the user alone and each file stands beside its SHA-256; anything odd means compiling again.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Config, Engine, Store, UpdateDeadline};

use super::bindings::{Analyzer, AnalyzerPre};
use super::clock::Allowance;
use super::error::PluginError;
use super::host::{HostState, Shared};
use super::limits::Limits;
use super::manifest::CONTRACT_VERSION;
use super::words::tame;
use crate::syntax::{PatternCache, QueryCache};
use crate::types::{CancelToken, Digest, KeyHasher};

/// How often the clock of the engine ticks, in milliseconds. A deadline is kept to one tick.
const TICK_MS: u64 = 5;

/// How often a call looks whether it should end for another reason than its deadline.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Most components whose native code is kept.
const MAX_NATIVE: usize = 64;

/// Largest stack of a guest, in bytes.
const MAX_STACK_BYTES: usize = 512 << 10;

/// What to do with the file that most compilers write.
const CORE_MODULE: &str =
    "it is a core module, not a component: build it with `devflow plugin build`, or for the target `wasm32-wasip2`, which makes components";

/// A component that is ready, or why it cannot be; whoever comes second waits for the first.
type Loaded = Arc<OnceLock<Result<AnalyzerPre<HostState>, PluginError>>>;

/// Everything that plugins share. The engine is made when the first plugin is called.
pub struct PluginHost {
    limits: Limits,
    cache: Option<PathBuf>,
    cancel: CancelToken,
    engine: OnceLock<Result<Engine, String>>,
    ended: Arc<AtomicBool>,
    loaded: Mutex<HashMap<(String, Digest), Loaded>>,
    queries: Arc<QueryCache>,
    patterns: Arc<PatternCache>,
}

impl PluginHost {
    /// Prepares a host. `cache` is the folder for native code; without one, every process compiles anew.
    pub fn new(limits: Limits, cache: Option<PathBuf>) -> Self {
        Self {
            limits,
            cache,
            cancel: CancelToken::default(),
            engine: OnceLock::new(),
            ended: Arc::new(AtomicBool::new(false)),
            loaded: Mutex::default(),
            queries: Arc::default(),
            patterns: Arc::default(),
        }
    }

    /// The same, where `cancel` ends all calls.
    #[must_use]
    pub fn cancelled_by(mut self, cancel: CancelToken) -> Self {
        self.cancel = cancel;
        self
    }

    /// Whether all calls are to end.
    pub(super) fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    fn engine(&self) -> Result<&Engine, String> {
        let engine = self.engine.get_or_init(|| {
            let mut config = Config::new();
            config.epoch_interruption(true);
            config.max_wasm_stack(MAX_STACK_BYTES);
            config.wasm_component_model(true);
            let engine = Engine::new(&config).map_err(|error| format!("{error:#}"))?;
            let (clock, ended) = (engine.weak(), Arc::clone(&self.ended));
            let tick = move || {
                while !ended.load(Ordering::Relaxed)
                    && let Some(engine) = clock.upgrade()
                {
                    engine.increment_epoch();
                    drop(engine);
                    std::thread::sleep(Duration::from_millis(TICK_MS));
                }
            };
            std::thread::Builder::new().name("plugin-clock".to_owned()).spawn(tick).map_err(|error| error.to_string())?;
            Ok(engine)
        });
        engine.as_ref().map_err(Clone::clone)
    }

    /// A store for an instance of the plugin that has this allowance.
    pub(super) fn new_store(&self, allowance: &Arc<Allowance>) -> Store<HostState> {
        let engine = self.engine().expect("a component was loaded, so there is an engine");
        let shared = Shared { queries: Arc::clone(&self.queries), patterns: Arc::clone(&self.patterns), allowance: Arc::clone(allowance) };
        let state = HostState::new(self.limits.memory_bytes, self.limits.deadline, shared);
        let mut store = Store::new(engine, state);
        store.limiter(|state| &mut state.limiter);
        let cancel = self.cancel.clone();
        store.epoch_deadline_callback(move |context| {
            let left = context.data().clock.left();
            let is_over = left.is_zero() || cancel.is_cancelled();
            Ok(if is_over { UpdateDeadline::Interrupt } else { UpdateDeadline::Continue(ticks(left.min(LOOK_EVERY))) })
        });
        self.arm(&mut store);
        store
    }

    /// Starts the deadline of the next call anew.
    pub(super) fn arm(&self, store: &mut Store<HostState>) {
        store.set_epoch_deadline(ticks(self.limits.deadline.min(LOOK_EVERY)));
        store.data_mut().clock.start();
        store.set_hostcall_fuel(self.limits.output_bytes);
    }

    /// The component of a plugin, loaded once for all operations that it has. An error names the plugin, so each has its own.
    pub(super) fn loaded(
        &self,
        id: &str,
        digest: &Digest,
        load: impl FnOnce() -> Result<AnalyzerPre<HostState>, PluginError>,
    ) -> Result<AnalyzerPre<HostState>, PluginError> {
        let loaded = {
            let mut all = self.loaded.lock().expect("no thread panics while it holds the components");
            Arc::clone(all.entry((id.to_owned(), *digest)).or_default())
        };
        loaded.get_or_init(load).clone()
    }

    /// Compiles a component, or takes the native code of an earlier run.
    pub(super) fn load(&self, id: &str, bytes: &[u8], digest: &Digest) -> Result<AnalyzerPre<HostState>, PluginError> {
        let fail = |reason: String| PluginError::Load { id: id.to_owned(), reason };
        let engine = self.engine().map_err(fail)?;
        let unless_cancelled = |reason| if self.is_cancelled() { PluginError::Cancelled { id: id.to_owned() } } else { fail(reason) };
        let component = self.component(engine, bytes, digest).map_err(unless_cancelled)?;
        check_imports(engine, &component).map_err(fail)?;
        let mut linker: Linker<HostState> = Linker::new(engine);
        Analyzer::add_to_linker::<_, HasSelf<HostState>>(&mut linker, |state| state).map_err(|error| fail(format!("{error:#}")))?;
        let pre = linker.instantiate_pre(&component).map_err(|error| fail(tame(&format!("{error:#}"))))?;
        AnalyzerPre::new(pre)
            .map_err(|error| fail(format!("it lacks an export of contract {CONTRACT_VERSION}: {}", tame(&format!("{error:#}")))))
    }

    fn component(&self, engine: &Engine, bytes: &[u8], digest: &Digest) -> Result<Component, String> {
        if let Some(component) = self.native(engine, digest) {
            return Ok(component);
        }
        if !bytes.starts_with(b"\0asm") {
            return Err("it is no WebAssembly".to_owned());
        }
        if wasmparser::Parser::is_core_wasm(bytes) {
            return Err(CORE_MODULE.to_owned());
        }
        let component = self.compiled(engine, bytes)?;
        self.keep_native(&component, digest);
        Ok(component)
    }

    /// Compiles in a thread of its own: nothing ends a compiler, and a run that should end must not wait for it.
    fn compiled(&self, engine: &Engine, bytes: &[u8]) -> Result<Component, String> {
        let (done, compiled) = channel();
        let (engine, bytes) = (engine.clone(), bytes.to_vec());
        // Nobody listens any more when the run has ended meanwhile.
        let compile = move || drop(done.send(Component::new(&engine, &bytes)));
        std::thread::Builder::new().name("plugin-compiler".to_owned()).spawn(compile).map_err(|error| error.to_string())?;
        loop {
            match compiled.recv_timeout(LOOK_EVERY) {
                Ok(component) => return component.map_err(|error| tame(&format!("{error:#}"))),
                Err(RecvTimeoutError::Timeout) if !self.is_cancelled() => {}
                Err(RecvTimeoutError::Timeout) => return Err("the run was interrupted".to_owned()),
                Err(RecvTimeoutError::Disconnected) => return Err("the compiler crashed".to_owned()),
            }
        }
    }

    /// Names of the interfaces that a component imports.
    pub(super) fn imports(&self, id: &str, bytes: &[u8], digest: &Digest) -> Result<Vec<String>, PluginError> {
        let fail = |reason: String| PluginError::Load { id: id.to_owned(), reason };
        let engine = self.engine().map_err(fail)?;
        let component = self.component(engine, bytes, digest).map_err(fail)?;
        Ok(component.component_type().imports(engine).map(|(name, _)| name.to_owned()).collect())
    }

    fn native_path(&self, engine: &Engine, digest: &Digest) -> Option<PathBuf> {
        use std::hash::{Hash as _, Hasher as _};
        let mut compatibility = std::hash::DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut compatibility);
        let key = KeyHasher::new("native", 1).field(&digest.0).field(&compatibility.finish().to_le_bytes()).finish();
        Some(self.cache.as_ref()?.join(format!("{key}.cwasm")))
    }

    #[expect(unsafe_code, reason = "native code can only be loaded so")]
    #[expect(clippy::disallowed_methods, reason = "the cache of native code belongs to this module")]
    fn native(&self, engine: &Engine, digest: &Digest) -> Option<Component> {
        let path = self.native_path(engine, digest)?;
        if !is_private(path.parent()?) || !is_private(&path) {
            return None;
        }
        let expected = std::fs::read_to_string(path.with_extension("sha256")).ok()?;
        let code = std::fs::read(&path).ok()?;
        if Digest::of(&code).to_string() != expected.trim() {
            return None;
        }
        // SAFETY: the bytes were made by `Component::serialize` of this very engine version (the key says so), they
        // have the digest that was noted then, and file and folder can be written by this user only.
        unsafe { Component::deserialize(engine, &code) }.ok()
    }

    /// Failing to keep native code costs time in the next run and nothing else.
    #[expect(clippy::disallowed_methods, reason = "the cache of native code belongs to this module")]
    fn keep_native(&self, component: &Component, digest: &Digest) {
        let Some(path) = self.native_path(component.engine(), digest) else { return };
        let (Some(folder), Ok(code)) = (path.parent(), component.serialize()) else { return };
        let keep = || -> std::io::Result<()> {
            make_private_folder(folder)?;
            write_whole(&path, &code)?;
            write_whole(&path.with_extension("sha256"), Digest::of(&code).to_string().as_bytes())
        };
        match keep() {
            Ok(()) => forget_oldest(folder),
            Err(error) => {
                tracing::debug!(%error, "native code was not kept");
                drop(std::fs::remove_file(&path));
            }
        }
    }
}

impl Drop for PluginHost {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
    }
}

impl std::fmt::Debug for PluginHost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PluginHost({:?})", self.limits)
    }
}

/// Ticks of the engine's clock in which `time` has surely passed.
fn ticks(time: Duration) -> u64 {
    (time.as_millis() as u64).div_ceil(TICK_MS) + 1
}

/// Refuses a component that wants more than the contract, naming what it wants.
fn check_imports(engine: &Engine, component: &Component) -> Result<(), String> {
    for (name, _) in component.component_type().imports(engine) {
        if let Some(rest) = name.strip_prefix("devflow:plugin/") {
            let version = rest.split_once('@').map_or("none", |(_, version)| version);
            if version != CONTRACT_VERSION {
                return Err(format!("it was built for contract {version}, this devflow offers {CONTRACT_VERSION}"));
            }
        } else {
            return Err(format!("it wants `{}`, which no plugin gets", tame(name)));
        }
    }
    Ok(())
}

/// Keeps the newest [`MAX_NATIVE`]: every version of every plugin leaves its own, and none is ever the wrong one to make again.
#[expect(clippy::disallowed_methods, reason = "the cache of native code belongs to this module")]
fn forget_oldest(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let is_code = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "cwasm");
    let paths = entries.filter_map(Result::ok).map(|entry| entry.path()).filter(is_code);
    let mut known: Vec<_> = paths.filter_map(|path| Some((path.metadata().ok()?.modified().ok()?, path))).collect();
    known.sort();
    for (_, path) in known.iter().take(known.len().saturating_sub(MAX_NATIVE)) {
        drop(std::fs::remove_file(path));
        drop(std::fs::remove_file(path.with_extension("sha256")));
    }
}

#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "the cache of native code belongs to this module")]
fn is_private(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let Ok(data) = std::fs::symlink_metadata(path) else { return false };
    // A file that this process just made bears the id of its user.
    let Ok(own) = std::fs::metadata("/proc/self") else { return data.mode() & 0o022 == 0 };
    data.mode() & 0o022 == 0 && data.uid() == own.uid() && !data.file_type().is_symlink()
}

#[cfg(not(unix))]
fn is_private(path: &Path) -> bool {
    path.exists()
}

fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Writes beside the target and renames, so that nobody ever reads half a file.
#[expect(clippy::disallowed_methods, reason = "the cache of native code belongs to this module")]
fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let beside = path.with_extension(format!("{}.part", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    std::io::Write::write_all(&mut options.open(&beside)?, bytes)?;
    std::fs::rename(&beside, path)
}
