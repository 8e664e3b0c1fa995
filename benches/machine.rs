//! Measures complete runs: time, memory and requests.
//!
//! `cargo bench --bench machine`, followed by `--` and numbers of users. The program and the
//! account, a server that answers from memory, are processes of their own. They share the cores.
//! Reports only; nothing is asserted.

#![expect(clippy::print_stdout, reason = "it reports")]

mod account;
mod company;

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use account::{AccountServer, SERVE_ARG, serve};
use company::{BenchError, CHANGE_INTERVAL, callrules_command, write_files};
use futures::stream::{self, StreamExt};
use wait4::Wait4;

/// The number of concurrent requests of the program.
const CONCURRENT_REQUESTS: usize = 8;

/// The number of writes in the measured `apply`, for thousands of users.
const APPLY_WRITES: usize = 1_000;

/// From this many users on, one run is enough, because runs take long.
const SINGLE_RUN_USERS: usize = 20_000;

fn main() -> Result<(), BenchError> {
    let mut sizes: Vec<usize> = std::env::args()
        .filter_map(|size| size.parse().ok())
        .collect();
    if std::env::args()
        .nth(1)
        .is_some_and(|first| first == SERVE_ARG)
    {
        return serve(sizes[0]);
    }
    // The HTTP library of the plain reads has no TLS provider of its own; another part may have
    // installed one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    if sizes.is_empty() {
        sizes = vec![1_000, 10_000];
    }
    println!("  users  what                        time        CPU     memory  requests");
    let mut rows = Vec::new();
    for users in sizes {
        measure(users, |what, taken| {
            println!("{users:>7}  {what:<22} {taken}");
            rows.push((users, what, taken));
        })?;
    }
    print_growth(&rows);
    Ok(())
}

fn measure(
    users: usize,
    mut tell: impl FnMut(&'static str, RunMeasurement),
) -> Result<(), BenchError> {
    // The fastest of several runs counts, because the machine may have other work.
    let runs = if users < SINGLE_RUN_USERS { 3 } else { 1 };
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let changed = tempfile::tempdir()?;
    write_files(folder, users, CHANGE_INTERVAL)?;
    write_files(changed.path(), users, users.div_ceil(APPLY_WRITES))?;
    let server = AccountServer::start(users)?;
    let run = |folder: &Path, arguments: &[&str]| {
        let mut command = callrules_command(folder, server.url());
        command.args(arguments);
        measure_command(&mut command, &server)
    };
    let version = fastest_run(runs, || run(folder, &["--version"]))?;
    // For a very short run, the system counts the memory of the parent process.
    tell(
        "--version",
        RunMeasurement {
            memory: None,
            ..version
        },
    );
    tell(
        "bare YAML parse",
        fastest_run(runs, || measure_yaml_parse(folder))?,
    );
    tell(
        "validate",
        fastest_run(runs, || run(folder, &["validate"]))?,
    );
    let addresses = server.list_urls(users);
    let bare = fastest_run(runs, || measure_requests(&addresses, &server))?;
    tell("bare reading", bare);
    if let Some(taken) = measure_h2load(&addresses, &server)? {
        tell("h2load", taken);
    }
    let plan = &["plan", "--skip-tests"];
    tell("plan", fastest_run(runs, || run(folder, plan))?);
    let imported = || run(tempfile::tempdir()?.path(), &["import"]);
    tell("import", fastest_run(runs, imported)?);
    let apply = &["apply", "--auto-approve", "--skip-tests"];
    let applied = fastest_run(runs, || run(changed.path(), apply))?;
    tell("apply, 1,000 writes", applied);
    Ok(())
}

/// Prints how the costs grow with the number of users.
fn print_growth(rows: &[(usize, &str, RunMeasurement)]) {
    let ratio = |now: f64, first: f64| format!("{:>7.1} times", now / first);
    println!();
    for (users, what, taken) in rows {
        let first = rows.iter().find(|(_, other, _)| other == what);
        let Some((fewest, _, least)) = first.filter(|(fewest, ..)| fewest < users) else {
            continue;
        };
        let more = *users as f64 / *fewest as f64;
        let time = ratio(taken.wall.as_secs_f64(), least.wall.as_secs_f64());
        let memory = taken.memory.zip(least.memory);
        let memory = memory.map(|(now, first)| ratio(now as f64, first as f64));
        let memory = memory.unwrap_or_default();
        println!("{users:>7}  {what:<22} {more:.0} times the users: time {time}, memory {memory}");
    }
}

/// The cost of a run.
struct RunMeasurement {
    wall: Duration,
    /// CPU time on all cores; unknown for a part of this process.
    cpu: Option<Duration>,
    /// Peak memory in bytes.
    memory: Option<u64>,
    requests: Option<u64>,
}

impl std::fmt::Display for RunMeasurement {
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

fn fastest_run(
    runs: usize,
    mut run: impl FnMut() -> Result<RunMeasurement, BenchError>,
) -> Result<RunMeasurement, BenchError> {
    let mut best = run()?;
    for _ in 1..runs {
        let taken = run()?;
        if taken.wall < best.wall {
            best = taken;
        }
    }
    Ok(best)
}

/// Runs the program as a child process and returns its cost.
fn measure_command(
    command: &mut Command,
    server: &AccountServer,
) -> Result<RunMeasurement, BenchError> {
    server.take_request_count()?;
    let began = Instant::now();
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let output = std::io::read_to_string(child.stderr.take().ok_or("no standard error")?)?;
    let ended = child.wait4()?;
    let wall = began.elapsed();
    if !ended.status.success() {
        return Err(output.into());
    }
    Ok(RunMeasurement {
        wall,
        cpu: Some(ended.rusage.utime + ended.rusage.stime),
        memory: Some(ended.rusage.maxrss),
        requests: Some(server.take_request_count()?),
    })
}

/// Parses all files on one core and drops the trees.
fn measure_yaml_parse(folder: &Path) -> Result<RunMeasurement, BenchError> {
    let began = Instant::now();
    for file in walkdir::WalkDir::new(folder) {
        let path = file?.into_path();
        if path.extension().is_some_and(|ending| ending == "yaml") {
            let text = fs::read_to_string(&path)?;
            std::hint::black_box(serde_saphyr::from_str::<serde_json::Value>(&text)?);
        }
    }
    Ok(without_process_stats(began.elapsed(), None))
}

/// Reads all responses without parsing them.
fn measure_requests(
    addresses: &[String],
    server: &AccountServer,
) -> Result<RunMeasurement, BenchError> {
    server.take_request_count()?;
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
        let mut under_way =
            stream::iter(addresses.iter().map(read)).buffer_unordered(CONCURRENT_REQUESTS);
        while let Some(read) = under_way.next().await {
            std::hint::black_box(read?);
        }
        Ok::<_, reqwest::Error>(())
    })?;
    Ok(without_process_stats(
        began.elapsed(),
        Some(server.take_request_count()?),
    ))
}

/// Runs a load generator, if one is installed.
fn measure_h2load(
    addresses: &[String],
    server: &AccountServer,
) -> Result<Option<RunMeasurement>, BenchError> {
    let list = tempfile::NamedTempFile::new()?;
    fs::write(list.path(), addresses.join("\n"))?;
    let (requests, at_once) = (addresses.len().to_string(), CONCURRENT_REQUESTS.to_string());
    let mut command = Command::new("h2load");
    command
        .args(["--h1", "-n", &requests, "-c", &at_once, "-i"])
        .arg(list.path());
    server.take_request_count()?;
    let began = Instant::now();
    let ended = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    let took = began.elapsed();
    match ended {
        Ok(status) if status.success() => Ok(Some(without_process_stats(
            took,
            Some(server.take_request_count()?),
        ))),
        Ok(status) => Err(format!("h2load: {status}").into()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn without_process_stats(wall: Duration, requests: Option<u64>) -> RunMeasurement {
    RunMeasurement {
        wall,
        cpu: None,
        memory: None,
        requests,
    }
}
