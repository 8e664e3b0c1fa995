//! Commands as a reader of a page types them.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::copy_of_the_examples;
use crate::changed::{commit, git};
use crate::support::program;

/// Who commits.
const SOMEBODY: [(&str, &str); 4] = [
    ("GIT_AUTHOR_NAME", "Test"),
    ("GIT_AUTHOR_EMAIL", "test@example.com"),
    ("GIT_COMMITTER_NAME", "Test"),
    ("GIT_COMMITTER_EMAIL", "test@example.com"),
];

/// A terminal in which the commands of a page are typed, one after the other.
pub(super) struct Terminal {
    pub(super) folder: tempfile::TempDir,
    pub(super) variables: BTreeMap<String, String>,
    servers: Vec<Child>,
    /// The address that a page names, and the one that the server really has.
    address: Option<(String, String)>,
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
        // Who reads the pages has a clone.
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

    pub(super) fn program(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        command.args(arguments).current_dir(self.folder.path());
        command.envs(&self.variables).stdin(Stdio::null());
        command
    }

    /// Types one line, with what a comment behind it expects.
    pub(super) fn line(&mut self, line: &str, at: &str) {
        let (line, comment) = line.split_once('#').unwrap_or((line, ""));
        // What a shell does with what is printed is not for this test.
        let line = line.strip_prefix("source <(").unwrap_or(line).trim_end();
        let line = line.trim_end_matches(')');
        let words = shlex::split(line).unwrap_or_else(|| panic!("{at}: not closed: {line}"));
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
                        Some((said, real)) if value == said => real.clone(),
                        _ => value.to_owned(),
                    };
                    self.variables.insert(name.to_owned(), value);
                }
            }
            // Run by whoever runs this test, or not for a test to do.
            ["cargo", "test" | "build" | "insta" | "install", ..] => {}
            ["cargo", "bench", "--bench", name] => {
                let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("benches/{name}.rs"));
                assert!(file.exists(), "{at}: {line}");
            }
            ["mkdir" | "cp" | "rm" | "sed" | "git", arguments @ ..] => {
                let mut command = Command::new(words[0]);
                command.args(arguments).current_dir(self.folder.path());
                command.envs(SOMEBODY);
                let output = command.output().unwrap();
                assert!(output.status.success(), "{at}: {line}: {output:?}");
            }
            ["cargo", "run", "--", arguments @ ..] | ["callrules", arguments @ ..] => {
                if arguments.first() == Some(&"sandbox") {
                    self.serve(arguments);
                } else {
                    self.run(arguments, comment, at);
                }
                self.ran += 1;
            }
            _ => panic!("{at}: a command that this test does not know: {line}"),
        }
    }

    fn run(&self, arguments: &[&str], comment: &str, at: &str) {
        let expected = comment
            .split_once("exits with ")
            .and_then(|(_, code)| code.split(':').next()?.trim().parse().ok())
            .unwrap_or(0);
        let output = self.program(arguments).output().unwrap();
        assert_eq!(
            output.status.code(),
            Some(expected),
            "{at}: callrules {}\n{}{}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// Starts a server on a free port in place of the one that is written.
    fn serve(&mut self, arguments: &[&str]) {
        let at = arguments.iter().position(|word| *word == "--port").unwrap() + 1;
        let said = format!("http://127.0.0.1:{}", arguments[at]);
        let mut arguments = arguments.to_vec();
        arguments[at] = "0";
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
        self.address = Some((said, real));
    }
}
