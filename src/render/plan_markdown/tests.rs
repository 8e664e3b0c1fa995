use serde_json::json;

use super::*;
use crate::diagnostic::{Code, Diagnostic};
use crate::engine::account::{Method, Request};
use crate::engine::{
    Action, Allowed, Calls, Change, FieldChange, Impact, Numbers, Resource, Seen, Supposed,
    Switched, When, objections,
};
use crate::model::ExtensionId;

const HOSTILE: &str =
    "</details>\n\n```\n# @everyone #1 ![x](http://x.example) www.x.example\u{202e}";

fn user(number: usize, name: &str, changes: usize, fields: usize) -> UserPlan {
    let field = |n| FieldChange {
        path: format!("dispatching.part{n}"),
        before: json!(name),
        after: json!(name),
    };
    let change = |_| Change {
        action: Action::Update,
        resource: Resource::InteractionRule,
        name: name.to_owned(),
        rule_id: None,
        reason: None,
        fields: (0..fields).map(field).collect(),
        request: Request {
            method: Method::Patch,
            path: String::new(),
            body: None,
        },
    };
    UserPlan {
        extension_number: Some(number.to_string()),
        id: ExtensionId(number.to_string()),
        name: name.to_owned(),
        changes: (0..changes).map(change).collect(),
        live_rules: 0,
        unmanaged: Vec::new(),
        notes: Vec::new(),
        impact: Vec::new(),
        seen: Seen::default(),
    }
}

fn warning(message: &str) -> Diagnostic {
    Diagnostic {
        code: Code::Shadowed,
        message: message.to_owned(),
        label: None,
        help: None,
        file: "users/a.yaml".to_owned(),
        place: None,
        related: None,
    }
}

fn comment(users: Vec<UserPlan>, warnings: &[Diagnostic], unread: &[String]) -> String {
    let plan = Plan {
        account: "1".to_owned(),
        users,
    };
    let notices = warnings.iter();
    let notices: Vec<_> = notices
        .map(|diagnostic| Notice {
            user: None,
            rule: None,
            diagnostic,
        })
        .collect();
    let text = render(
        &plan,
        Context {
            directory: &Directory::default(),
            catalogue: &Catalogue::default(),
            shard: None,
            notices: &notices,
            unread,
            objections: &objections(&plan, Allowed::default()),
            folder: &Folder::new("phones"),
            is_sandbox: false,
            apply: "callrules -C phones apply",
        },
    );
    let length = text.chars().count();
    assert!(length < LIMIT, "{length}");
    let opened = text.matches("<details>").count();
    assert_eq!(opened, text.matches("\n</details>\n").count(), "{text}");
    outside(&text);
    text
}

/// What is in no fence; every fence that is opened is closed.
fn outside(text: &str) -> String {
    let mut fence = None;
    let mut outside = String::new();
    for line in text.lines() {
        match fence {
            None if line.starts_with("```") => fence = line.strip_suffix("diff"),
            None => outside += line,
            Some(open) if open == line => fence = None,
            Some(_) => {}
        }
    }
    assert_eq!(fence, None);
    outside
}

#[test]
fn one_user_with_thousands_of_lines_is_cut_inside() {
    let text = comment(vec![user(101, "Alex", 1, 5_000)], &[], &[]);
    assert!(text.contains("<details><summary>Alex · 101: 1 change</summary>"));
    let told = text.matches("part").count();
    let more = 5_001 - 1 - told;
    let more = format!(
        "… and {},{:03} more lines\n```\n\n</details>",
        more / 1_000,
        more % 1_000
    );
    assert!(told > 1_000 && text.contains(&more), "{more}");
    assert!(text.ends_with("The merge applies it, or `callrules -C phones apply` does.\n"));
}

#[test]
fn ten_thousand_users_are_counted() {
    let users = (0..10_000).map(|n| user(n, &format!("Alex {n}"), 2, 3));
    let users = users.collect();
    let text = comment(users, &[], &[]);
    assert!(
        text.starts_with(
            "### Plan: 20,000 to update for 10,000 of 10,000 users\n\n\
         On account 1. Nothing is changed yet. Applying it takes about 9 hours, at 40 requests a minute.\n"
        ),
        "{text}"
    );
    let told = text.matches("<details>").count();
    let left = 10_000 - told;
    let more = format!("… and {},{:03} more, which", left / 1_000, left % 1_000);
    assert!(told > 150 && text.contains(&more), "{more}");
    assert!(text.contains(" and 9,995 more\n\nCallers will notice nothing of this.\n"));
}

#[test]
fn what_is_the_same_for_many_is_told_once_and_first() {
    let effect = |then: &str| Impact {
        after: json!({ "endsAt": then }),
        ..forwarded()
    };
    let mut one = user(1, "Jo", 1, 1);
    one.impact = vec![effect("jo")];
    let alike = (2..=8).map(|number| UserPlan {
        impact: vec![effect("voicemail")],
        ..user(number, "Alex", 1, 1)
    });
    let text = comment([one].into_iter().chain(alike).collect(), &[], &[]);
    let many = "**7 users**: Alex · 2, Alex · 3, Alex · 4, Alex · 5, Alex · 6 and 2 more\n\n\
                | When and who | Now | Then |\n|---|---|---|\n\
                | **every call** | announcement | voicemail |\n\n**Jo · 1**\n";
    assert!(text.contains(many), "{text}");
    let folded = "<details><summary>7 users: 1 change each · Alex · 2, Alex · 3, Alex · 4, Alex · 5, \
                  Alex · 6 and 2 more</summary>";
    assert!(text.contains(folded), "{text}");
    assert_eq!(text.matches("<details>").count(), 2);
}

#[test]
fn no_name_breaks_the_table() {
    let mut plan = user(1, "Jo", 1, 1);
    plan.impact = vec![Impact {
        after: json!({ "endsAt": "a|b\\|c\n|d|" }),
        ..forwarded()
    }];
    let text = comment(vec![plan], &[], &[]);
    let row = text.lines().find(|line| line.starts_with("| **"));
    assert_eq!(row.map(|row| row.matches('|').count()), Some(4), "{text}");
}

fn everybody() -> Numbers {
    Numbers {
        listed: Vec::new(),
        others: true,
        except: Vec::new(),
        of_rules: Vec::new(),
    }
}

fn forwarded() -> Impact {
    Impact {
        given: Supposed {
            switches: Switched::AsSet,
            working: None,
            unknown_conditions: None,
            no_rule: false,
        },
        times: When {
            from: "2026-11-21".to_owned(),
            weekly: json!({ "mon-sun": "all-day" }),
            outside: None,
            except: Vec::new(),
        },
        callers: everybody(),
        called: everybody(),
        calls: Calls::Any,
        before: json!({ "endsAt": "announcement" }),
        after: json!({ "endsAt": "voicemail" }),
    }
}

#[test]
fn hostile_names_stay_names() {
    let users = vec![
        user(1, HOSTILE, 1, 3),
        user(2, &"`".repeat(70_000), 1, 3),
        user(3, &"@".repeat(70_000), 1, 3),
    ];
    let warnings: Vec<Diagnostic> = (0..500)
        .map(|number| warning(&format!("{HOSTILE}{number}")))
        .collect();
    let unread = vec![HOSTILE.repeat(100); 500];
    let text = comment(users, &warnings, &unread);
    assert!(!text.contains('\u{202e}'));
    let outside = outside(&text);
    for hostile in [
        "@everyone",
        "#1 ",
        "http://",
        "www.x",
        "</details>\n\n```\n#",
    ] {
        assert!(!outside.contains(hostile), "{hostile}");
    }
    assert!(text.contains("phones/users/a.yaml"));
    for heading in ["Left out of this plan", "Warnings", "Changes"] {
        let (_, section) = text.split_once(&format!("#### {heading}\n")).unwrap();
        let section = section.split("####").next().unwrap();
        assert!(section.contains(" more, which `callrules plan` tells.") || heading == "Changes");
    }
    let summaries: Vec<&str> = { text.lines() }
        .filter(|line| line.starts_with("<details>"))
        .collect();
    assert!(
        summaries[0].starts_with("<details><summary>&lt;/details&gt;␊␊```"),
        "{summaries:?}"
    );
}

#[test]
fn what_stops_apply_is_told_with_what_allows_it() {
    let mut emptied = user(101, "Alex", 1, 0);
    emptied.live_rules = 1;
    emptied.changes[0].action = Action::Delete;
    let text = comment(vec![emptied], &[warning("a_b")], &[]);
    assert_eq!(
        text,
        "### Plan: 1 to delete for 1 of 1 user · 1 warning\n\n\
         On account 1. Nothing is changed yet. Applying it takes about a minute at most.\n\n\
         > **apply will refuse this plan:** it leaves 1 user without any interaction rule (101), and none \
         is allowed; `--max-emptied 1` allows it\n\n\
         #### What callers will notice\n\nTimes are each user's own.\n\n**Alex · 101**\n\n\
         Callers will notice nothing of this.\n\n\n\
         #### Warnings\n\n- warning W0102 a\\_b (phones/users/a.yaml)\n\n\
         #### Changes\n\n<details><summary>Alex · 101: 1 change</summary>\n\n```diff\n\
         - interaction rule  Alex\n```\n\n</details>\n\n\
         If this is what is meant, `callrules -C phones apply` applies it.\n"
    );
}

#[test]
fn equal_warnings_are_told_once_with_their_places_and_name_the_rule() {
    let in_file = |file: String| Diagnostic {
        file,
        ..warning("this rule is shadowed")
    };
    let found: Vec<_> = (1..=7).map(|n| in_file(format!("{n}.yaml"))).collect();
    let notice = |diagnostic, rule| Notice {
        user: Some("101"),
        rule,
        diagnostic,
    };
    let mut notices: Vec<_> = found
        .iter()
        .map(|found| notice(found, Some("A*")))
        .collect();
    notices.push(notice(&found[0], Some("B")));
    let told = findings(&notices.iter().collect::<Vec<_>>(), &Folder::default());
    let lines: Vec<String> = told.into_iter().flat_map(|block| block.lines).collect();
    assert_eq!(
        lines,
        [
            "- warning W0102 101, A\\*: this rule is shadowed (1.yaml, 2.yaml, 3.yaml, 4.yaml, 5.yaml and 2 more)",
            "- warning W0102 101, B: this rule is shadowed (1.yaml)",
        ]
    );
}
