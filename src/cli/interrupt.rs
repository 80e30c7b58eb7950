//! Whoever ends the program: Ctrl-C, `SIGTERM`, `SIGHUP`. The first ends the run that goes on, the second the program.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use super::output;
use crate::types::CancelToken;

/// How long requests on their way are waited for after Ctrl-C.
const WAIT_OF_A_PERSON: Duration = Duration::from_secs(15);

/// The same after a signal of another program, which may be followed by a harder one.
const WAIT_OF_A_PROGRAM: Duration = Duration::from_secs(5);

/// Stack of the thread that does the work, in bytes: as much as the first thread of a process usually has.
const STACK_BYTES: usize = 8 << 20;

/// The exit status of a panic, as Rust has it.
const BUG: u8 = 101;

/// What the signals and the work know of each other.
#[derive(Clone, Debug, Default)]
pub(super) struct Interrupts {
    /// Ends the run that goes on.
    pub(super) cancel: CancelToken,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    n_runs: AtomicUsize,
    /// Exit status of the first signal; 0 for none.
    status: AtomicU8,
}

/// While it lives, a first signal lets what goes on finish: a run, and the reports of one that has ended.
pub(super) struct Busy(Interrupts);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.end_run();
    }
}

/// Why the program ends.
enum End {
    Done(ExitCode),
    Left(u8),
}

impl Interrupts {
    /// A run begins: from now on, a signal ends it in good order.
    pub(super) fn begin_run(&self) {
        self.state.n_runs.fetch_add(1, Ordering::SeqCst);
    }

    /// The run is over.
    pub(super) fn end_run(&self) {
        self.state.n_runs.fetch_sub(1, Ordering::SeqCst);
    }

    /// Something begins that a signal must not cut off, though no run may go on.
    pub(super) fn busy(&self) -> Busy {
        self.begin_run();
        Busy(self.clone())
    }

    /// The exit status of the signal that ended a run, if one did.
    pub(super) fn status(&self) -> Option<u8> {
        Some(self.state.status.load(Ordering::SeqCst)).filter(|status| *status != 0)
    }

    /// Takes a signal. Without a run that could end in good order, the program does.
    fn take(&self, signal: i32, ends: &Sender<End>) {
        let status = u8::try_from(128 + signal).unwrap_or(130);
        if self.state.n_runs.load(Ordering::SeqCst) == 0 || self.cancel.is_cancelled() {
            self.cancel.leave();
            // Nobody listens any more when the work was done meanwhile.
            drop(ends.send(End::Left(status)));
            return;
        }
        self.state.status.store(status, Ordering::SeqCst);
        let is_of_person = signal == signal_hook::consts::SIGINT;
        self.cancel.cancel(if is_of_person { WAIT_OF_A_PERSON } else { WAIT_OF_A_PROGRAM });
    }
}

/// Does the work in a thread of its own and waits for its end, or for a signal that ends the program at once.
pub(super) fn until_done_or_left(interrupts: &Interrupts, work: impl FnOnce() -> ExitCode + Send + 'static) -> ExitCode {
    let (ends, end) = channel();
    listen(interrupts.clone(), ends.clone());
    // The thread ends by a panic only without a word here.
    let run = move || drop(ends.send(End::Done(work())));
    let worker = std::thread::Builder::new().name("main".to_owned()).stack_size(STACK_BYTES).spawn(run);
    let worker = match worker {
        Ok(worker) => worker,
        Err(error) => {
            output::note(&format!("error: cannot start a thread: {error}"));
            return ExitCode::from(BUG);
        }
    };
    wait(&end, &worker)
}

fn wait(end: &std::sync::mpsc::Receiver<End>, worker: &std::thread::JoinHandle<()>) -> ExitCode {
    loop {
        match end.recv_timeout(Duration::from_millis(200)) {
            Ok(End::Done(code)) => return code,
            Ok(End::Left(status)) => {
                output::note("\ninterrupted");
                return ExitCode::from(status);
            }
            Err(_) if worker.is_finished() => {
                // It may have said its last word just before it ended.
                return match end.try_recv() {
                    Ok(End::Done(code)) => code,
                    _ => ExitCode::from(BUG),
                };
            }
            Err(_) => {}
        }
    }
}

#[cfg(unix)]
fn listen(interrupts: Interrupts, ends: Sender<End>) {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    // Where no signal can be caught, each ends the process as it always did.
    let mut wanted = vec![SIGINT, SIGTERM];
    // Whoever started the program by `nohup` wants it to outlive the terminal.
    if !is_ignored(SIGHUP) {
        wanted.push(SIGHUP);
    }
    let Ok(mut signals) = signal_hook::iterator::Signals::new(wanted) else { return };
    let take = move || signals.forever().for_each(|signal| interrupts.take(signal, &ends));
    drop(std::thread::Builder::new().name("signals".to_owned()).spawn(take));
}

/// Whether the process was started with a signal ignored. Only Linux says so without `unsafe`; elsewhere the signal is taken.
#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "the system says of this process itself what it ignores")]
fn is_ignored(signal: i32) -> bool {
    ignores(&std::fs::read_to_string("/proc/self/status").unwrap_or_default(), signal)
}

/// Whether what Linux says of a process has a signal among those that are ignored. Nothing said is nothing ignored.
#[cfg(unix)]
fn ignores(status: &str, signal: i32) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask & (1 << (signal - 1)) != 0
}

#[cfg(not(unix))]
fn listen(interrupts: Interrupts, ends: Sender<End>) {
    use signal_hook::consts::SIGINT;
    let is_set = Arc::new(std::sync::atomic::AtomicBool::new(false));
    if signal_hook::flag::register(SIGINT, Arc::clone(&is_set)).is_err() {
        return;
    }
    let look = move || loop {
        if is_set.swap(false, Ordering::SeqCst) {
            interrupts.take(SIGINT, &ends);
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    drop(std::thread::Builder::new().name("signals".to_owned()).spawn(look));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_signal_ends_the_run_and_the_second_the_program() {
        let (ends, end) = channel();
        let interrupts = Interrupts::default();
        interrupts.begin_run();
        interrupts.take(15, &ends);
        assert_eq!((interrupts.status(), interrupts.cancel.wait()), (Some(143), Some(WAIT_OF_A_PROGRAM)));
        assert!(end.try_recv().is_err());
        interrupts.take(2, &ends);
        assert!(matches!(end.try_recv(), Ok(End::Left(130))));
        assert_eq!((interrupts.status(), interrupts.cancel.wait()), (Some(143), Some(Duration::ZERO)));
    }

    #[cfg(unix)]
    #[test]
    fn a_signal_that_was_ignored_from_the_start_is_known() {
        let status = "Name:\tx\nSigBlk:\t0000000000000001\nSigIgn:\t0000000000001001\nSigCgt:\t0000000000004002\n";
        assert_eq!([1, 2, 13, 15].map(|signal| ignores(status, signal)), [true, false, true, false]);
        assert!(!ignores("", 1));
    }

    #[test]
    fn reports_of_a_run_that_has_ended_are_finished() {
        let (ends, end) = channel();
        let interrupts = Interrupts::default();
        let busy = interrupts.busy();
        interrupts.begin_run();
        interrupts.end_run();
        interrupts.take(2, &ends);
        assert!(end.try_recv().is_err());
        assert_eq!(interrupts.status(), Some(130));
        drop(busy);
        interrupts.take(2, &ends);
        assert!(matches!(end.try_recv(), Ok(End::Left(130))));
    }

    #[test]
    fn without_a_run_the_program_ends_at_once() {
        let (ends, end) = channel();
        let interrupts = Interrupts::default();
        interrupts.begin_run();
        interrupts.end_run();
        interrupts.take(1, &ends);
        assert!(matches!(end.try_recv(), Ok(End::Left(129))));
        assert_eq!(interrupts.status(), None);
    }
}
