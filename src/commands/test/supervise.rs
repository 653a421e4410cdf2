//! The processes that evaluate: started, watched, and followed by the next one where one is killed.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::Limits;
use crate::commands::{Error, Outcome};
use crate::test::{self, Event, Next, Problem, Request, Supervisor, TestResult};

/// A test that does not stop by itself after its time limit is given this long before its process is killed.
const GRACE: Duration = Duration::from_secs(2);

/// What the processes said.
pub(super) struct Supervised {
    pub(super) problems: Vec<Problem>,
    pub(super) results: Vec<TestResult>,
    pub(super) lines: BTreeMap<String, BTreeMap<u32, bool>>,
    pub(super) cut: bool,
}

/// Runs a request in child processes until every test has a result, or the time for all of them is over.
pub(super) fn supervise(mut request: Request, limits: &Limits) -> Result<Supervised, Error> {
    let timeout = limits.timeout;
    let end = limits.whole.map(|whole| Instant::now() + whole);
    let mut supervisor = Supervisor::new();
    let threads = request.threads;
    loop {
        let (why, said) = child(&request, &mut supervisor, timeout + GRACE, end)?;
        let cut = end.is_some_and(|end| Instant::now() >= end);
        match supervisor.ended(why) {
            Next::Run { .. } if cut => {
                let lines = supervisor.lines();
                let (problems, results) = supervisor.finish();
                return Ok(Supervised { problems, results, lines, cut });
            }
            Next::Finished => {
                let lines = supervisor.lines();
                let (problems, results) = supervisor.finish();
                return Ok(Supervised { problems, results, lines, cut: false });
            }
            Next::Hopeless => {
                let said = if said.trim().is_empty() { why.to_owned() } else { said.trim().to_owned() };
                return Err(Error::Usage { message: format!("the policies cannot be evaluated: {said}"), help: None });
            }
            Next::Run { only, alone } => {
                request.only = only;
                request.threads = if alone { 1 } else { threads };
            }
        }
    }
}

/// One child process: sends the request, follows the events, and says why it ended and what it wrote to standard error.
fn child(
    request: &Request,
    supervisor: &mut Supervisor,
    patience: Duration,
    end: Option<Instant>,
) -> Result<(&'static str, String), Error> {
    let program = std::env::current_exe().map_err(|error| Error::path(Path::new("ztctl"), &error))?;
    let mut child = Command::new(&program)
        .arg("__evaluate")
        // nothing of the environment reaches the policies
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| Error::path(&program, &error))?;
    let text = serde_json::to_vec(request).map_err(|error| Error::Internal(error.to_string()))?;
    let mut stdin = child.stdin.take();
    let writer = std::thread::spawn(move || {
        if let Some(stdin) = &mut stdin {
            // a child that died does not read; that it died is seen below
            let _ = stdin.write_all(&text);
        }
    });
    let (sender, events) = mpsc::channel();
    let stdout = child.stdout.take();
    let reader = std::thread::spawn(move || {
        for line in stdout.into_iter().flat_map(|stdout| BufReader::new(stdout).lines().map_while(Result::ok)) {
            let Ok(event) = serde_json::from_str::<Event>(&line) else { break };
            if sender.send(event).is_err() {
                break;
            }
        }
    });
    let stderr = child.stderr.take();
    let errors = std::thread::spawn(move || {
        let mut said = String::new();
        // a flood of messages is cut off, not stored
        let _ = stderr.map(|stderr| stderr.take(4_096).read_to_string(&mut said));
        said
    });
    let why = follow(&mut child, &events, supervisor, patience, end);
    let _ = child.wait();
    let _ = writer.join();
    let _ = reader.join();
    Ok((why, errors.join().unwrap_or_default()))
}

fn follow(
    child: &mut Child,
    events: &mpsc::Receiver<Event>,
    supervisor: &mut Supervisor,
    patience: Duration,
    end: Option<Instant>,
) -> &'static str {
    loop {
        let deadline = [supervisor.deadline(patience), end].into_iter().flatten().min();
        let event = match deadline {
            Some(deadline) => events.recv_timeout(deadline.saturating_duration_since(Instant::now())),
            None => events.recv().map_err(|_| mpsc::RecvTimeoutError::Disconnected),
        };
        match event {
            Ok(event) => supervisor.take(event, Instant::now()),
            Err(mpsc::RecvTimeoutError::Timeout) => {
                let _ = child.kill();
                return "the test took too long and did not stop by itself: its process was ended";
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                return "the process that evaluated the test died: it needs more memory or stack than it may have (`--max-memory`)";
            }
        }
    }
}

/// `ztctl __evaluate`: the child. Reads a request from standard input and writes events to standard output.
pub(in crate::commands) fn evaluate() -> Result<Outcome, Error> {
    let request: Request = serde_json::from_reader(std::io::stdin().lock()).map_err(|error| Error::usage(error.to_string()))?;
    if request.max_memory > 0 {
        // where the platform has no such bound, or forbids to set it, time still bounds a test
        #[cfg(unix)]
        let _ = rlimit::setrlimit(rlimit::Resource::AS, request.max_memory, request.max_memory);
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(request.threads)
        .stack_size(crate::eval::STACK_SIZE)
        .build()
        .map_err(|error| Error::Internal(error.to_string()))?;
    let emit = |event: Event| {
        if let Ok(mut line) = serde_json::to_vec(&event) {
            line.push(b'\n');
            let mut stdout = std::io::stdout().lock();
            // if nobody listens any more, the work is in vain, but no harm
            let _ = stdout.write_all(&line).and_then(|()| stdout.flush());
        }
    };
    pool.install(|| test::run(&request, &emit)).map_err(Error::usage)?;
    Ok(Outcome::Clean)
}
