//! Killed at any point, the journal and the account tell the same story.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use super::Remembered;
use crate::support::World;

fn journals(world: &World) -> Vec<PathBuf> {
    let folder = world.path().join(".callrules/journal");
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .map(|entries| entries.map(|entry| entry.unwrap().path()).collect())
        .unwrap_or_default();
    found.sort();
    found
}

#[test]
fn wherever_it_is_killed_the_journal_shows_the_way_back() {
    for writes in [1, 4, 8] {
        let world = World::example_with_faults("acme", &["slow path=comm-handling delay=0.2"]);
        let before = Remembered::now(&world);
        let mut apply = world.command();
        let mut child = apply.args(["apply", "--auto-approve"]).spawn().unwrap();
        let lines = |key: &str| {
            let texts = journals(&world).into_iter().map(fs::read_to_string);
            texts
                .map(|text| text.unwrap().matches(key).count())
                .sum::<usize>()
        };
        while lines("\"change\":") < writes {
            assert_eq!(
                child.try_wait().unwrap(),
                None,
                "it ended before it could be killed"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // In the middle: a write was under way, and others had not begun.
        assert!(lines("\"outcome\":") < lines("\"change\":"));
        assert!(lines("\"change\":") < 12);
        // A write that was under way arrives.
        std::thread::sleep(Duration::from_millis(300));
        let [journal] = &journals(&world)[..] else {
            panic!("{:?}", journals(&world));
        };
        // Of a rule that was under way nobody can prove whose it is.
        let back = world.run(&[
            "rollback",
            journal.to_str().unwrap(),
            "--auto-approve",
            "--max-emptied",
            "1",
        ]);
        assert_eq!(back.code, 0, "{}{}", back.out, back.err);
        assert!(before.is_so(&world));
    }
}
