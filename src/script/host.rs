//! Owns the seam between a script and the program around it.

use serde_json::Value;

/// What a script can ask of the program around it. Errors are words, and end the script at the place of the call.
pub trait Host: Send + Sync {
    /// Whether the script should end now.
    fn is_cancelled(&self) -> bool {
        false
    }
    /// Sources below these paths and globs.
    ///
    /// # Errors
    /// Fails if a glob cannot be read, or nothing of what was named is there.
    fn discover(&self, paths: Vec<String>) -> Result<Value, String>;
    /// Sources that differ from a commit.
    ///
    /// # Errors
    /// Fails if git does, as for a commit that is not there.
    fn changed(&self, base: &str) -> Result<Value, String>;
    /// Commits that touched each file since a time.
    ///
    /// # Errors
    /// Fails if git does.
    fn churn(&self, since: &str) -> Result<Value, String>;
    /// Measures of files.
    ///
    /// # Errors
    /// A file that cannot be read.
    fn measure(&self, paths: Vec<String>) -> Result<Value, String>;
    /// Runs operations; gives the document of the run.
    ///
    /// # Errors
    /// A setting or operation that is none; the run cannot go on.
    fn analyze(&self, paths: Vec<String>, options: Value) -> Result<Value, String>;
    /// What asking the model about files would cost at most, and how many answers are kept.
    ///
    /// # Errors
    /// See [`Host::analyze`].
    fn price(&self, paths: Vec<String>) -> Result<Value, String>;
    /// Runs a pipeline; gives the document of the run.
    ///
    /// # Errors
    /// See [`Host::analyze`].
    fn run(&self, pipeline: &str) -> Result<Value, String>;
    /// Asks the model in words about files.
    ///
    /// # Errors
    /// Fails if the model gave no usable answer.
    fn ask(&self, question: &str, paths: Vec<String>) -> Result<String, String>;
    /// Writes a report of a run.
    ///
    /// # Errors
    /// No such run or template, or a place that a script may not write to.
    fn report(&self, run: &str, template: &str, path: &str) -> Result<(), String>;
    /// What changed between two runs.
    ///
    /// # Errors
    /// Fails if no run of that name is kept.
    fn compare(&self, before: &str, after: &str) -> Result<Value, String>;
    /// What was spent, by span of time, in USD.
    ///
    /// # Errors
    /// Fails if the database cannot be read.
    fn costs(&self) -> Result<Value, String>;
    /// What is kept.
    ///
    /// # Errors
    /// Fails if the database cannot be read.
    fn cache(&self) -> Result<Value, String>;
    /// Kept runs of a pipeline, or of all (an empty name), the newest first.
    ///
    /// # Errors
    /// Fails if the database cannot be read.
    fn runs(&self, pipeline: &str, most: usize) -> Result<Value, String>;
    /// The document of a kept run.
    ///
    /// # Errors
    /// Fails if no run of that name is kept.
    fn document(&self, run: &str) -> Result<Value, String>;
    /// From now on, no more than this may be spent.
    fn budget(&self, usd: f64);
    /// What the script has spent so far, in USD.
    fn spent(&self) -> f64;
    /// Whether a document is below a limit; remembers for the exit status if it is not.
    ///
    /// # Errors
    /// Fails if a limit is not known, or has a value that it cannot have.
    fn gate(&self, document: &Value, limits: &Value) -> Result<bool, String>;
    /// Whether an option of a function is one, as far as its text says: a setting or `operations` of `analyze`, a limit of `gate`, the `pipeline`
    /// of `run`, the `template` or `path` of `report`. There is no value where it is known at run time only. Does nothing.
    ///
    /// # Errors
    /// What the call itself would say.
    fn fits(&self, function: &str, option: &str, value: Option<&Value>) -> Result<(), String>;
    /// Writes a line to standard output.
    fn print(&self, text: &str);
    /// Writes a line to standard error, even where no notes are wanted.
    fn log(&self, text: &str);
}
