//! What a run takes of the machine: time, memory and requests, from end to end.
//!
//! `cargo bench --bench machine`, with numbers of users behind `--`. The program runs as it is, as a process of
//! its own, and so does the account, a server that answers from memory. All of them share the cores. Reports;
//! nothing is asserted.

#![expect(clippy::print_stdout, reason = "it reports")]

mod account;
mod company;

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use account::{SERVE, Server, serve};
use company::{FEW_DIFFER, Failure, program, write_files};
use futures::stream::{self, StreamExt};
use wait4::Wait4;

/// The program asks as much at a time.
const AT_ONCE: usize = 8;

/// How many writes `apply` is measured with, where the users are thousands.
const WRITES: usize = 1_000;

/// From so many users on one run is enough: they take long.
const MANY: usize = 20_000;

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
    let mut rows = Vec::new();
    for users in sizes {
        measure(users, |what, taken| {
            println!("{users:>7}  {what:<22} {taken}");
            rows.push((users, what, taken));
        })?;
    }
    tell_growth(&rows);
    Ok(())
}

fn measure(users: usize, mut tell: impl FnMut(&'static str, Taken)) -> Result<(), Failure> {
    // Of so many runs the quickest counts: the machine may have other things to do.
    let runs = if users < MANY { 3 } else { 1 };
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let changed = tempfile::tempdir()?;
    write_files(folder, users, FEW_DIFFER)?;
    write_files(changed.path(), users, users.div_ceil(WRITES))?;
    let server = Server::start(users)?;
    let run = |folder: &Path, arguments: &[&str]| {
        let mut command = program(folder, server.url());
        command.args(arguments);
        taken(&mut command, &server)
    };
    let version = best(runs, || run(folder, &["--version"]))?;
    // Of so short a run the system counts the memory of this process, which began it.
    tell(
        "--version",
        Taken {
            memory: None,
            ..version
        },
    );
    tell("bare YAML parse", best(runs, || parse_all(folder))?);
    tell("validate", best(runs, || run(folder, &["validate"]))?);
    let addresses = server.addresses(users);
    let bare = best(runs, || read_all(&addresses, &server))?;
    tell("bare reading", bare);
    if let Some(taken) = h2load(&addresses, &server)? {
        tell("h2load", taken);
    }
    let plan = &["plan", "--skip-tests"];
    tell("plan", best(runs, || run(folder, plan))?);
    let imported = || run(tempfile::tempdir()?.path(), &["import"]);
    tell("import", best(runs, imported)?);
    let apply = &["apply", "--auto-approve", "--skip-tests"];
    let applied = best(runs, || run(changed.path(), apply))?;
    tell("apply, 1,000 writes", applied);
    Ok(())
}

/// How much more of each it takes for more users: in line with them, where it grows with the work alone.
fn tell_growth(rows: &[(usize, &str, Taken)]) {
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

fn best(runs: usize, mut run: impl FnMut() -> Result<Taken, Failure>) -> Result<Taken, Failure> {
    let mut best = run()?;
    for _ in 1..runs {
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
fn h2load(addresses: &[String], server: &Server) -> Result<Option<Taken>, Failure> {
    let list = tempfile::NamedTempFile::new()?;
    fs::write(list.path(), addresses.join("\n"))?;
    let (requests, at_once) = (addresses.len().to_string(), AT_ONCE.to_string());
    let mut command = Command::new("h2load");
    command
        .args(["--h1", "-n", &requests, "-c", &at_once, "-i"])
        .arg(list.path());
    server.take_asked()?;
    let began = Instant::now();
    let ended = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    let took = began.elapsed();
    match ended {
        Ok(status) if status.success() => Ok(Some(bare(took, Some(server.take_asked()?)))),
        Ok(status) => Err(format!("h2load: {status}").into()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
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
