//! The figures of `docs/operations.md`: what a plan costs, for how many users.

use std::fs;

use serde_json::{Value, json};

use crate::support::{ACCOUNT, TestEnv};

/// How many medium requests the service takes in a minute \[docs\].
const A_MINUTE: usize = 40;

/// The token and the account, which count elsewhere.
const LIGHT: usize = 2;

/// What a plan of so many users asks, of whom so many lists are declared each.
struct Cost {
    requests: usize,
    minutes: usize,
}

impl Cost {
    fn of(users: usize, lists: usize) -> Self {
        let medium = users.div_ceil(1_000) + lists * users;
        Cost {
            requests: LIGHT + medium,
            // The first ones go out at once, and the last one when its turn has come.
            minutes: (medium - 1) / A_MINUTE,
        }
    }
}

#[test]
fn the_table_says_what_a_plan_costs() {
    let page = fs::read_to_string("docs/operations.md").unwrap();
    let (_, requests) = page.split_once("\n## Requests\n").unwrap();
    let (requests, _) = requests.split_once("\n## ").unwrap();
    let rows = requests.lines().filter_map(|line| line.strip_prefix("| "));
    let rows = rows.filter(|row| row.starts_with(|c: char| c.is_ascii_digit()));
    let number = |cell: &str| cell.replace(',', "").parse().ok();
    let mut known = 0;
    for row in rows {
        let cells: Vec<&str> = row.trim_end_matches(" |").split(" | ").collect();
        let [users, requests, minutes, fewer, sooner] = cells[..] else {
            panic!("{row}");
        };
        let users = number(users).unwrap();
        for (lists, requests, minutes) in [(2, requests, minutes), (1, fewer, sooner)] {
            let cost = Cost::of(users, lists);
            assert_eq!(number(requests), Some(cost.requests), "{row}");
            let told = number(minutes).unwrap_or(0);
            assert_eq!(told, cost.minutes, "{row}");
            assert_eq!(told == 0, minutes == "under 1", "{row}");
        }
        known += 1;
    }
    assert_eq!(known, 7);
}

#[test]
fn a_plan_costs_what_the_table_says() {
    const USERS: usize = 20;
    let extensions: Vec<Value> = (0..USERS)
        .map(|user| {
            json!({
                "id": format!("{}", 1_000 + user), "extensionNumber": format!("{}", 100 + user),
                "name": format!("User {user}"),
            })
        })
        .collect();
    let env = TestEnv::new(json!({ "account": { "id": ACCOUNT }, "extensions": extensions }));
    for (lists, declared) in [
        (1, "interactionRules: {}\n"),
        (
            2,
            "interactionRules: {}\nstates: { forward-all-calls: { enabled: false } }\n",
        ),
    ] {
        for user in 0..USERS {
            let text = format!("extension: \"{}\"\n{declared}", 100 + user);
            env.write(&format!("users/{user}.yaml"), &text);
        }
        let made = &env.plan()["requests"]["made"];
        assert_eq!(
            made,
            Cost::of(USERS, lists).requests,
            "{lists} lists a user"
        );
    }
}
