//! Owns a project in a temporary folder, and running the program in it. Never judges what the program says.

pub(crate) mod fake_grok;
pub(crate) mod guest;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use fake_grok::{Dialect, FakeGrok, Reply, Request};

/// Looks like a key and is none.
pub(crate) const KEY: &str = "xai-test-key-0000000000000000";

/// Longest life of a child.
const CHILD_TIMEOUT: Duration = Duration::from_secs(60);

/// Longest life of the child that compiles the plugin for all others; without optimization that takes its time.
const FIRST_CHILD_TIMEOUT: Duration = Duration::from_secs(300);

/// A folder that is a project, a home for devflow, and the flags that go with every run.
pub(crate) struct Project {
    folder: TempDir,
    flags: Vec<String>,
    variables: Vec<(String, String)>,
}

/// A child at work. It is killed when it is dropped.
pub(crate) struct Running {
    child: Child,
    texts: mpsc::Receiver<(usize, String)>,
}

/// A child that has ended.
#[derive(Debug)]
pub(crate) struct Ran {
    /// `None` when a signal ended it.
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The sums over all time of `devflow costs`.
#[derive(Debug)]
pub(crate) struct Costs {
    /// As it is shown.
    pub(crate) cost: String,
    pub(crate) requests: usize,
    pub(crate) output_tokens: u64,
    /// The whole page.
    pub(crate) page: String,
}

impl Project {
    /// An empty project. The first one of a test process lets the program compile its plugin, so that no test waits for it.
    pub(crate) fn new() -> Self {
        static COMPILED: OnceLock<()> = OnceLock::new();
        COMPILED.get_or_init(|| {
            let project = Self::empty();
            project.write("src/first.py", "first = 1\n");
            let ran = project.start(&["analyze", "batch", "src", "--no-model"]).finish_within(FIRST_CHILD_TIMEOUT);
            assert_eq!(ran.status, Some(0), "{ran:?}");
        });
        Self::empty()
    }

    fn empty() -> Self {
        let folder = TempDir::new().expect("the system has a place for temporary files");
        let project = Self { folder, flags: Vec::new(), variables: Vec::new() };
        for name in ["project/.git", "project/src", "user"] {
            fs::create_dir_all(project.folder.path().join(name)).expect("a new folder can be filled");
        }
        project
    }

    /// Lets every run ask `fake`, with a key and with short waits between tries.
    pub(crate) fn with_model(self, fake: &FakeGrok) -> Self {
        self.with_server(&fake.base_url())
    }

    /// Lets every run ask whoever is at `base_url`.
    pub(crate) fn with_server(self, base_url: &str) -> Self {
        let project = self.with_variable("XAI_API_KEY", KEY).with("provider.key-variable", "XAI_API_KEY");
        let project = project.with("provider.base-url", base_url).with("provider.retry-wait", "0.01");
        // The deadline is one of the wall clock, and many tests share few cores.
        project.with("analyzers.deadline", "60000")
    }

    /// Lets every run speak this dialect.
    pub(crate) fn in_dialect(self, dialect: Dialect) -> Self {
        let name = match dialect {
            Dialect::Responses => "responses",
            Dialect::Chat => "chat",
        };
        self.with("provider.dialect", name)
    }

    /// Sets a key for every run.
    pub(crate) fn with(mut self, key: &str, value: &str) -> Self {
        self.flags.extend(["--set".to_owned(), format!("{key}={value}")]);
        self
    }

    /// Sets a variable of the environment for every run.
    pub(crate) fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A path below the root of the project.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join("project").join(path)
    }

    /// Writes a file of the project, with its folders.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
    }

    /// Writes `src/work_N.py`, each with a function of its own and of the same name.
    pub(crate) fn write_works(&self, n_files: usize) {
        for n in 0..n_files {
            self.write(&work_path(n), &work(n));
        }
    }

    /// The database.
    pub(crate) fn database(&self) -> PathBuf {
        self.home().join("devflow.db")
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Starts the program with `args` and the project's flags.
    pub(crate) fn start(&self, args: &[&str]) -> Running {
        self.start_reading(args, None)
    }

    /// Starts the program in a folder of the project, and gives it `input` to read.
    pub(crate) fn start_with_input_in(&self, folder: &str, args: &[&str], input: &[u8]) -> Running {
        self.start_in(folder, args, Some(input))
    }

    fn start_reading(&self, args: &[&str], input: Option<&[u8]>) -> Running {
        self.start_in("", args, input)
    }

    /// Runs the program with its standard output in a file, which others can read meanwhile.
    pub(crate) fn run_into(&self, args: &[&str], file: &Path) -> Option<i32> {
        let file = fs::File::create(file).expect("a file can be made");
        let status = self.command("", args).stdin(Stdio::null()).stdout(file).stderr(Stdio::null()).status();
        status.expect("the program was built").code()
    }

    fn command(&self, folder: &str, args: &[&str]) -> Command {
        let user = self.folder.path().join("user");
        let mut command = Command::new(env!("CARGO_BIN_EXE_devflow"));
        // What stands behind `--` is for a script.
        let (own, script) = args.split_at(args.iter().position(|arg| *arg == "--").unwrap_or(args.len()));
        command.args(own).args(&self.flags).args(script).current_dir(self.path(folder)).env_clear();
        command.env("DEVFLOW_HOME", self.home()).env("HOME", &user).env("XDG_CONFIG_HOME", user.join("config"));
        command.env("XDG_CACHE_HOME", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    fn start_in(&self, folder: &str, args: &[&str], input: Option<&[u8]>) -> Running {
        let mut command = self.command(folder, args);
        command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() }).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program was built");
        if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
            std::io::Write::write_all(&mut stdin, input).expect("a child reads its input");
        }
        let (tx, texts) = mpsc::channel();
        let stdout: Box<dyn Read + Send> = Box::new(child.stdout.take().expect("it is piped"));
        let stderr: Box<dyn Read + Send> = Box::new(child.stderr.take().expect("it is piped"));
        for (at, mut stream) in [stdout, stderr].into_iter().enumerate() {
            let tx = tx.clone();
            thread::spawn(move || {
                let mut bytes = Vec::new();
                // A pipe that breaks gives what it gave; nobody listens any more when the test is over.
                drop(stream.read_to_end(&mut bytes));
                drop(tx.send((at, String::from_utf8_lossy(&bytes).into_owned())));
            });
        }
        Running { child, texts }
    }

    /// Starts the program with `args` and the project's flags, and gives it `input` to read.
    pub(crate) fn start_with_input(&self, args: &[&str], input: &[u8]) -> Running {
        self.start_reading(args, Some(input))
    }

    /// Runs the program with `args` and the project's flags.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        self.start(args).finish()
    }

    /// Starts looking at `src`, for a JSON document.
    pub(crate) fn start_analyze(&self, args: &[&str]) -> Running {
        self.start(&[&["analyze", "batch", "src", "--format", "json", "--progress", "never"], args].concat())
    }

    /// Looks at `src`, for a JSON document.
    pub(crate) fn analyze(&self, args: &[&str]) -> Ran {
        self.start_analyze(args).finish()
    }

    /// What `devflow costs` says was ever spent.
    #[track_caller]
    pub(crate) fn costs(&self) -> Costs {
        let page = self.run(&["costs"]).text(0);
        let ever: Vec<&str> =
            page.lines().find_map(|line| line.strip_prefix("ever ")).expect("a line for all time").split_whitespace().collect();
        let [cost, requests, _, _, output_tokens] = ever[..] else { panic!("cost, requests, tokens in, cached, tokens out: {page}") };
        let (requests, output_tokens) = (requests.parse().expect("a count"), output_tokens.parse().expect("a count"));
        let cost = cost.to_owned();
        Costs { cost, requests, output_tokens, page }
    }
}

impl Running {
    /// Waits for the end.
    #[track_caller]
    pub(crate) fn finish(self) -> Ran {
        self.finish_within(CHILD_TIMEOUT)
    }

    #[track_caller]
    fn finish_within(mut self, timeout: Duration) -> Ran {
        let deadline = Instant::now() + timeout;
        let mut texts = [String::new(), String::new()];
        for _ in 0..texts.len() {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok((at, text)) = self.texts.recv_timeout(left) else { panic!("the program ran longer than {timeout:?}") };
            texts[at] = text;
        }
        let status = self.child.wait().expect("a child can be waited for").code();
        let [stdout, stderr] = texts;
        Ran { status, stdout, stderr }
    }

    /// The id of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as `kill -9` does.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("a child can be killed");
        self.child.wait().expect("a child can be waited for");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already but for a test that fails.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Ran {
    /// Standard output, when the exit status is as expected.
    #[track_caller]
    pub(crate) fn text(self, status: i32) -> String {
        assert_eq!(self.status, Some(status), "stderr: {}\nstdout: {}", self.stderr, self.stdout);
        self.stdout
    }

    /// The document on standard output, when the exit status is as expected.
    #[track_caller]
    pub(crate) fn json(self, status: i32) -> Value {
        let text = self.text(status);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text}"))
    }
}

/// The path of a file that [`Project::write_works`] writes.
pub(crate) fn work_path(n: usize) -> String {
    format!("src/work_{n}.py")
}

/// The text of a file that [`Project::write_works`] writes.
pub(crate) fn work(n: usize) -> String {
    format!("\"\"\"Works.\"\"\"\n\n\ndef work_{n}(x):\n    \"\"\"Adds.\"\"\"\n    return x + {n}\n")
}

/// The number of the file of [`Project::write_works`] that is asked about.
pub(crate) fn work_number(request: &Request) -> usize {
    let content = request.content();
    let (_, after) = content.split_once("def work_").expect("the question is about a work");
    after.split('(').next().and_then(|number| number.parse().ok()).expect("a work has a number")
}

/// How often each work was asked about.
pub(crate) fn asked_works(fake: &FakeGrok) -> BTreeMap<usize, usize> {
    let mut asked = BTreeMap::new();
    fake.requests().iter().for_each(|request| *asked.entry(work_number(request)).or_default() += 1);
    asked
}

/// Gives the first question about work N the reply N, and every other question a good answer.
pub(crate) fn faulty_at_first(replies: &'static [fn() -> Reply]) -> FakeGrok {
    let seen = Mutex::new(BTreeSet::new());
    FakeGrok::start(move |request| {
        let number = work_number(request);
        let is_first = seen.lock().expect("nothing panics while it holds the set").insert(number);
        if is_first { replies[number]() } else { nothing_found() }
    })
}

/// A finding as the model states it. The fix is `null`.
pub(crate) fn claim(kind: &str, severity: &str, quote: &str, line: i64) -> Value {
    let message = format!("{kind} says the model");
    json!({ "kind": kind, "severity": severity, "confidence": 90, "message": message, "quote": quote, "line": line, "fix": null })
}

/// A good answer with these findings.
pub(crate) fn claims(claims: &[Value]) -> Reply {
    Reply::findings(&json!({ "findings": claims }))
}

/// A good answer without findings.
pub(crate) fn nothing_found() -> Reply {
    claims(&[])
}

/// Runs a test in both dialects.
pub(crate) fn in_both_dialects(test: impl Fn(Dialect)) {
    test(Dialect::Chat);
    test(Dialect::Responses);
}

/// All findings of a document, in its order.
pub(crate) fn findings(document: &Value) -> Vec<&Value> {
    let files = document["files"].as_array().expect("a document has files");
    files.iter().flat_map(|file| file["findings"].as_array().expect("a file has findings")).collect()
}

/// The findings that the model made alone.
pub(crate) fn model_findings(document: &Value) -> Vec<&Value> {
    findings(document).into_iter().filter(|finding| finding["origin"] == "model").collect()
}

/// The rows of what failed.
pub(crate) fn failed(document: &Value) -> &[Value] {
    document["coverage"]["failed"].as_array().expect("a document says what failed")
}

/// Path and reason of what failed.
pub(crate) fn failures(document: &Value) -> Vec<(&str, &str)> {
    failed(document).iter().map(|row| (row["path"].as_str().unwrap_or(""), row["error"].as_str().unwrap_or(""))).collect()
}

/// The cost of a run in ticks of 1e-10 USD.
pub(crate) fn ticks(document: &Value) -> i64 {
    (document["cost"]["usd"].as_f64().expect("a run has a cost") * 1e10).round() as i64
}
