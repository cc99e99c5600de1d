//! Questions to a person, and interruptions.

use std::io::{BufRead, stdin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::{Failure, Terminal};

/// Set when the process is interrupted or its terminal goes away.
static STOP: AtomicBool = AtomicBool::new(false);

/// Whether interruptions set [`STOP`].
static IS_WATCHED: AtomicBool = AtomicBool::new(false);

/// How often interruptions are looked for.
const SLICE: Duration = Duration::from_millis(50);

/// From now on an interruption no longer ends the process; it sets what this returns.
pub(crate) fn interruptions() -> Result<&'static AtomicBool, Failure> {
    // A handler can be set once only, and a command may finish one run before it begins another one.
    if !IS_WATCHED.swap(true, Ordering::Relaxed) {
        ctrlc::set_handler(|| STOP.store(true, Ordering::Relaxed))
            .map_err(|error| Failure::Message(format!("cannot watch for interruptions: {error}")))?;
    }
    Ok(&STOP)
}

/// Asks whether to go on. Only `yes` is accepted.
pub(crate) fn confirm_before(question: &str, terminal: &mut Terminal) -> bool {
    terminal.insist(&format!("{question}\n  Only yes will be accepted."));
    let mut answer = String::new();
    stdin().lock().read_line(&mut answer).is_ok() && answer.trim() == "yes"
}

/// Asks whether to keep what was done. No answer in time is a no, and so is an interruption.
pub(crate) fn confirm_after(timeout: Duration, terminal: &mut Terminal) -> bool {
    let seconds = timeout.as_secs_f32();
    terminal.insist(&format!(
        "Applied. Keep it?\n  Only yes within {seconds} seconds will be accepted; otherwise everything is rolled back."
    ));
    let (send, answers) = mpsc::channel();
    std::thread::spawn(move || {
        let mut answer = String::new();
        let is_yes = stdin().lock().read_line(&mut answer).is_ok() && answer.trim() == "yes";
        // An answer that comes too late has no receiver.
        let _ = send.send(is_yes);
    });
    let end = Instant::now() + timeout;
    loop {
        match answers.recv_timeout(SLICE.min(end.saturating_duration_since(Instant::now()))) {
            Ok(answer) => return answer,
            Err(mpsc::RecvTimeoutError::Disconnected) => return false,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                if Instant::now() >= end || STOP.load(Ordering::Relaxed) {
                    return false;
                }
            }
        }
    }
}
