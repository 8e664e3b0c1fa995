//! What a run takes of the machine: time, memory and requests, from end to end.
//!
//! `cargo bench --bench machine`, with numbers of users behind `--`. The program runs as it is, as a process of
//! its own, and so does the account, a server that answers from memory. All of them share the cores. Reports;
//! nothing is asserted.

mod account;
mod company;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use account::{SERVE, Server, serve};
use company::{Failure, program, write_files};
use futures::stream::{self, StreamExt};
use wait4::Wait4;

/// The program asks as much at a time.
const AT_ONCE: usize = 8;

/// Of so many runs the quickest counts: the machine may have other things to do.
const RUNS: usize = 3;

fn main() -> Result<(), Failure> {
    let mut sizes: Vec<usize> = std::env::args()
        .filter_map(|said| said.parse().ok())
        .collect();
    if std::env::args().nth(1).is_some_and(|first| first == SERVE) {
        return serve(sizes[0]);
    }
    // The library of the bare reading has none of its own; whoever was faster has installed one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    if sizes.is_empty() {
        sizes = vec![1_000, 10_000];
    }
    println!("  users  what                        time        CPU     memory  requests");
    for users in sizes {
        measure(users)?;
    }
    Ok(())
}

fn measure(users: usize) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    write_files(folder.path(), users)?;
    let server = Server::start(users)?;
    let tell = |what: &str, taken: Taken| println!("{users:>7}  {what:<22} {taken}");
    let run = |arguments: &[&str]| {
        let mut command = program(folder.path(), server.url());
        command.args(arguments);
        best(|| taken(&mut command, &server))
    };
    tell("--version", run(&["--version"])?);
    tell("bare YAML parse", best(|| parse_all(folder.path()))?);
    tell("validate", run(&["validate"])?);
    let addresses = server.addresses(users);
    tell("bare reading", best(|| read_all(&addresses, &server))?);
    if let Some(taken) = h2load(&addresses)? {
        tell("h2load", taken);
    }
    tell("plan", run(&["plan", "--skip-tests"])?);
    Ok(())
}

/// What a run took.
struct Taken {
    wall: Duration,
    /// On all cores; of a part of this process it is not known.
    cpu: Option<Duration>,
    /// The most at any time, in bytes.
    memory: Option<u64>,
    requests: Option<u64>,
}

impl std::fmt::Display for Taken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let seconds = |time: Duration| format!("{:.3} s", time.as_secs_f64());
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let mebibytes = |bytes: u64| format!("{} MiB", bytes / 1024 / 1024);
        write!(
            f,
            "{:>10} {:>10} {:>10} {:>9}",
            seconds(self.wall),
            or_dash(self.cpu.map(seconds)),
            or_dash(self.memory.map(mebibytes)),
            or_dash(self.requests.map(|requests| requests.to_string()))
        )
    }
}

fn best(mut run: impl FnMut() -> Result<Taken, Failure>) -> Result<Taken, Failure> {
    let mut best = run()?;
    for _ in 1..RUNS {
        let taken = run()?;
        if taken.wall < best.wall {
            best = taken;
        }
    }
    Ok(best)
}

/// The program as a child, with what the system says that it took.
fn taken(command: &mut Command, server: &Server) -> Result<Taken, Failure> {
    server.take_asked()?;
    let began = Instant::now();
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let told = std::io::read_to_string(child.stderr.take().ok_or("no standard error")?)?;
    let ended = child.wait4()?;
    let wall = began.elapsed();
    if !ended.status.success() {
        return Err(told.into());
    }
    Ok(Taken {
        wall,
        cpu: Some(ended.rusage.utime + ended.rusage.stime),
        memory: Some(ended.rusage.maxrss),
        requests: Some(server.take_asked()?),
    })
}

/// Nothing but trees of all files: on one core, and nothing is kept.
fn parse_all(folder: &Path) -> Result<Taken, Failure> {
    let began = Instant::now();
    for file in walkdir::WalkDir::new(folder) {
        let path = file?.into_path();
        if path.extension().is_some_and(|ending| ending == "yaml") {
            let text = fs::read_to_string(&path)?;
            std::hint::black_box(serde_saphyr::from_str::<serde_json::Value>(&text)?);
        }
    }
    Ok(bare(began.elapsed(), None))
}

/// Nothing but the answers: nothing is read out of them and nothing is kept.
fn read_all(addresses: &[String], server: &Server) -> Result<Taken, Failure> {
    server.take_asked()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let client = reqwest::Client::builder().no_proxy().build()?;
    let began = Instant::now();
    runtime.block_on(async {
        let read = |address: &String| {
            let request = client.get(address);
            async move { request.send().await?.bytes().await }
        };
        let mut under_way = stream::iter(addresses.iter().map(read)).buffer_unordered(AT_ONCE);
        while let Some(read) = under_way.next().await {
            std::hint::black_box(read?);
        }
        Ok::<_, reqwest::Error>(())
    })?;
    Ok(bare(began.elapsed(), Some(server.take_asked()?)))
}

/// A tool that does nothing else, where there is one.
fn h2load(addresses: &[String]) -> Result<Option<Taken>, Failure> {
    let list = tempfile::NamedTempFile::new()?;
    fs::write(list.path(), addresses.join("\n"))?;
    let (requests, at_once) = (addresses.len().to_string(), AT_ONCE.to_string());
    let mut command = Command::new("h2load");
    command
        .args(["--h1", "-n", &requests, "-c", &at_once, "-i"])
        .arg(list.path());
    let began = Instant::now();
    match command.stdout(Stdio::null()).stderr(Stdio::null()).status() {
        Ok(_) => Ok(Some(bare(began.elapsed(), Some(addresses.len() as u64)))),
        Err(_) => Ok(None),
    }
}

fn bare(wall: Duration, requests: Option<u64>) -> Taken {
    Taken {
        wall,
        cpu: None,
        memory: None,
        requests,
    }
}
