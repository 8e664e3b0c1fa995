//! The figures in `docs/reference/operations.md`: how many requests a plan makes.

use std::fs;

use serde_json::{Value, json};

use crate::support::{ACCOUNT, TestEnv};

/// The documented rate limit for *medium* requests, per minute \[docs\].
const MEDIUM_PER_MINUTE: usize = 40;

/// Requests for the token and the account, which count in other rate limit groups.
const OTHER_REQUESTS: usize = 2;

/// The cost of a plan, from the number of users and of lists read for each user.
struct PlanCost {
    requests: usize,
    minutes: usize,
}

impl PlanCost {
    fn of(users: usize, lists: usize) -> Self {
        let medium = users.div_ceil(1_000) + lists * users;
        PlanCost {
            requests: OTHER_REQUESTS + medium,
            // The first requests are sent immediately, so the last one starts the last minute.
            minutes: (medium - 1) / MEDIUM_PER_MINUTE,
        }
    }
}

#[test]
fn request_table_matches_the_formula() {
    let page = fs::read_to_string("docs/reference/operations.md").unwrap();
    let (_, requests) = page.split_once("\n## Requests\n").unwrap();
    let (requests, _) = requests.split_once("\n## ").unwrap();
    let rows = requests.lines().filter_map(|line| line.strip_prefix("| "));
    let rows = rows.filter(|row| row.starts_with(|c: char| c.is_ascii_digit()));
    let number = |cell: &str| cell.replace(',', "").parse().ok();
    let mut checked = 0;
    for row in rows {
        let cells: Vec<&str> = row.trim_end_matches(" |").split(" | ").collect();
        let [users, requests, minutes, fewer, sooner] = cells[..] else {
            panic!("{row}");
        };
        let users = number(users).unwrap();
        for (lists, requests, minutes) in [(2, requests, minutes), (1, fewer, sooner)] {
            let cost = PlanCost::of(users, lists);
            assert_eq!(number(requests), Some(cost.requests), "{row}");
            let shown = number(minutes).unwrap_or(0);
            assert_eq!(shown, cost.minutes, "{row}");
            assert_eq!(shown == 0, minutes == "under 1", "{row}");
        }
        checked += 1;
    }
    assert_eq!(checked, 7);
}

#[test]
fn plan_makes_the_requests_of_the_formula() {
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
            PlanCost::of(USERS, lists).requests,
            "{lists} lists per user"
        );
    }
}
