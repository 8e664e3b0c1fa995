//! Runs the commands of a page as a reader would type them.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::copy_of_the_examples;
use crate::changed::{commit, git};
use crate::support::program;

/// The author of commits.
const AUTHOR: [(&str, &str); 4] = [
    ("GIT_AUTHOR_NAME", "Test"),
    ("GIT_AUTHOR_EMAIL", "test@example.com"),
    ("GIT_COMMITTER_NAME", "Test"),
    ("GIT_COMMITTER_EMAIL", "test@example.com"),
];

/// A shell session in a temporary clone with a copy of the examples.
pub(super) struct Terminal {
    pub(super) folder: tempfile::TempDir,
    /// Environment variables, as set by `export`.
    pub(super) variables: BTreeMap<String, String>,
    /// Sandboxes in the background, killed at the end of the session.
    servers: Vec<Child>,
    /// The address of the last server: as written on the page, and as it really is.
    address: Option<(String, String)>,
    /// How many times callrules ran.
    pub(super) ran: usize,
}

impl Drop for Terminal {
    fn drop(&mut self) {
        for server in &mut self.servers {
            server.kill().ok();
            server.wait().ok();
        }
    }
}

impl Terminal {
    pub(super) fn open() -> Self {
        let folder = copy_of_the_examples();
        // Readers work in a clone.
        git(folder.path(), &["init", "-q"]);
        commit(folder.path());
        Terminal {
            folder,
            variables: BTreeMap::new(),
            servers: Vec::new(),
            address: None,
            ran: 0,
        }
    }

    /// Returns a command that runs callrules in this session.
    pub(super) fn program(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        command.args(arguments).current_dir(self.folder.path());
        command.envs(&self.variables).stdin(Stdio::null());
        command
    }

    /// Runs a command of callrules and returns its standard output.
    pub(super) fn output(&self, line: &str, location: &str) -> String {
        let words = shlex::split(line).unwrap_or_else(|| panic!("{location}: unclosed quote"));
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let (["cargo", "run", "--", arguments @ ..] | ["callrules", arguments @ ..]) = &words[..]
        else {
            panic!("{location}: not a callrules command: {line}");
        };
        let output = self.program(arguments).output().unwrap();
        assert!(output.status.success(), "{location}: {line}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs one line. A comment `# exits with N` after it is the expected exit code (default: 0).
    pub(super) fn line(&mut self, line: &str, location: &str) {
        let (line, comment) = line.split_once('#').unwrap_or((line, ""));
        // Pipes, redirections and `source <(…)` are left out.
        let line = line.strip_prefix("source <(").unwrap_or(line).trim_end();
        let line = line.trim_end_matches(')');
        let words =
            shlex::split(line).unwrap_or_else(|| panic!("{location}: unclosed quote: {line}"));
        let words = words.iter().map(String::as_str);
        let words: Vec<&str> = words
            .take_while(|word| !["|", ">"].contains(word))
            .collect();
        match &words[..] {
            [] => {}
            ["export", settings @ ..] => {
                for setting in settings {
                    let (name, value) = setting.split_once('=').unwrap();
                    let value = match &self.address {
                        Some((written, real)) if value == written => real.clone(),
                        _ => value.to_owned(),
                    };
                    self.variables.insert(name.to_owned(), value);
                }
            }
            // Not for a test to run.
            ["cargo", "test" | "build" | "insta" | "install", ..] | ["just", ..] => {}
            ["cargo", "bench", "--bench", name] => {
                let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("benches/{name}.rs"));
                assert!(file.exists(), "{location}: {line}");
            }
            ["mkdir" | "cp" | "rm" | "sed" | "git", arguments @ ..] => {
                let mut command = Command::new(words[0]);
                command.args(arguments).current_dir(self.folder.path());
                command.envs(AUTHOR);
                let output = command.output().unwrap();
                assert!(output.status.success(), "{location}: {line}: {output:?}");
            }
            ["cargo", "run", "--", arguments @ ..] | ["callrules", arguments @ ..] => {
                if arguments.first() == Some(&"sandbox") {
                    self.serve(arguments);
                } else {
                    self.run(arguments, comment, location);
                }
                self.ran += 1;
            }
            _ => panic!("{location}: unknown command: {line}"),
        }
    }

    fn run(&self, arguments: &[&str], comment: &str, location: &str) {
        let expected = comment
            .split_once("exits with ")
            .and_then(|(_, code)| code.split(':').next()?.trim().parse().ok())
            .unwrap_or(0);
        let output = self.program(arguments).output().unwrap();
        assert_eq!(
            output.status.code(),
            Some(expected),
            "{location}: callrules {}\n{}{}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// Starts a sandbox on a free port instead of the port on the page.
    fn serve(&mut self, arguments: &[&str]) {
        let port = arguments.iter().position(|word| *word == "--port").unwrap() + 1;
        let written = format!("http://127.0.0.1:{}", arguments[port]);
        let mut arguments = arguments.to_vec();
        arguments[port] = "0";
        let mut command = self.program(&arguments);
        let mut server = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        self.servers.push(server);
        let real = line.trim().rsplit(' ').next().unwrap().to_owned();
        assert!(real.starts_with("http://127.0.0.1:"), "{line}");
        self.address = Some((written, real));
    }
}
