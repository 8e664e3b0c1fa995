use serde_json::json;

use super::*;
use crate::diagnostic::{Diagnostic, DiagnosticCode};
use crate::model::ExtensionId;
use crate::reconcile::account::{WriteMethod, WriteRequest};
use crate::reconcile::{
    CallImpact, ChangeAction, ChangeOrigin, FieldChange, ImpactNumbers, ImpactTimes, PlannedChange,
    ResourceKind, SafetyLimits, UserExtent, UserSnapshot, check_safety,
};
use crate::routing::{CallSource, EffectAssumptions, SwitchState};

const HOSTILE: &str =
    "</details>\n\n```\n# @everyone #1 ![x](http://x.example) www.x.example\u{202e}";

fn user(number: usize, name: &str, changes: usize, fields: usize) -> UserPlan {
    let field = |n| FieldChange {
        path: format!("dispatching.part{n}"),
        before: json!(name),
        after: json!(name),
    };
    let change = |_| PlannedChange {
        action: ChangeAction::Update,
        resource: ResourceKind::InteractionRule,
        name: name.to_owned(),
        rule_id: None,
        reason: None,
        origin: ChangeOrigin::Unknown,
        fields: (0..fields).map(field).collect(),
        request: WriteRequest {
            method: WriteMethod::Patch,
            path: String::new(),
            body: None,
        },
    };
    UserPlan {
        extension_number: Some(number.to_string()),
        id: ExtensionId(number.to_string()),
        name: name.to_owned(),
        changes: (0..changes).map(change).collect(),
        live_rule_count: 0,
        unmanaged: Vec::new(),
        notes: Vec::new(),
        impact: Vec::new(),
        drift: None,
        extent: UserExtent::default(),
        is_from_file: false,
        snapshot: UserSnapshot::default(),
    }
}

fn warning(message: &str) -> Diagnostic {
    Diagnostic {
        code: DiagnosticCode::Shadowed,
        message: message.to_owned(),
        label: None,
        help: None,
        file: "users/a.yaml".to_owned(),
        span: None,
        related: None,
    }
}

/// Renders a plan, and checks the length of the comment and that all of its blocks are closed.
fn comment(users: Vec<UserPlan>, warnings: &[Diagnostic], unreadable: &[String]) -> String {
    let plan = AccountPlan {
        account: "1".to_owned(),
        users,
    };
    let diagnostics: Vec<_> = warnings
        .iter()
        .map(|diagnostic| PlanDiagnostic {
            user: None,
            subject: None,
            diagnostic,
        })
        .collect();
    let text = render(
        &plan,
        PlanMarkdownContext {
            directory: &ExtensionDirectory::default(),
            name_index: &NameIndex::default(),
            diagnostics: &diagnostics,
            unreadable,
            violations: &check_safety(&plan, SafetyLimits::default()),
            prefix: &RepoPrefix::new("phones"),
            is_sandbox: false,
            apply_command: "callrules -C phones apply",
            drift: DriftContext {
                title: "On the account, not in the files",
                ways_out: &[("keep", "callrules -C phones adopt".to_owned())],
                audit_note: None,
            },
        },
    );
    let length = text.chars().count();
    assert!(length < COMMENT_LIMIT, "{length}");
    let opened = text.matches("<details>").count();
    assert_eq!(opened, text.matches("\n</details>\n").count(), "{text}");
    text_outside_fences(&text);
    text
}

/// Returns the text outside of fences, and checks that each fence is closed.
fn text_outside_fences(text: &str) -> String {
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
fn changes_of_one_user_are_cut_if_too_long() {
    let text = comment(vec![user(101, "Alex", 1, 5_000)], &[], &[]);
    assert!(text.contains("<details><summary>Alex · 101: 1 change</summary>"));
    let printed = text.matches("part").count();
    let hidden = 5_000 - printed;
    let more = format!(
        "… and {},{:03} more lines\n```\n\n</details>",
        hidden / 1_000,
        hidden % 1_000
    );
    assert!(printed > 1_000 && text.contains(&more), "{more}");
    assert!(text.ends_with(
        "To apply this plan, merge the pull request or run `callrules -C phones apply`.\n"
    ));
}

#[test]
fn users_that_do_not_fit_are_counted() {
    let users = (0..10_000)
        .map(|n| user(n, &format!("Alex {n}"), 2, 3))
        .collect();
    let text = comment(users, &[], &[]);
    assert!(
        text.starts_with(
            "### Plan: 20,000 to update for 10,000 of 10,000 users\n\n\
         For account 1. Nothing has changed yet. Applying this plan will take about 13 hours, at 40 \
             requests a minute.\n"
        ),
        "{text}"
    );
    let printed = text.matches("<details>").count();
    let hidden = 10_000 - printed;
    let more = format!("… and {},{:03} more; run", hidden / 1_000, hidden % 1_000);
    assert!(printed > 150 && text.contains(&more), "{more}");
    assert!(text.contains(" and 9,995 more\n\nCallers won't notice any difference.\n"));
}

#[test]
fn effects_of_largest_group_come_first() {
    let effect = |ends_at: &str| CallImpact {
        after: json!({ "endsAt": ends_at }),
        ..forwarded()
    };
    let mut jo = user(1, "Jo", 1, 1);
    jo.impact = vec![effect("jo")];
    let group = (2..=8).map(|number| UserPlan {
        impact: vec![effect("voicemail")],
        ..user(number, "Alex", 1, 1)
    });
    let text = comment([jo].into_iter().chain(group).collect(), &[], &[]);
    let table = "**7 users**: Alex · 2, Alex · 3, Alex · 4, Alex · 5, Alex · 6 and 2 more\n\n\
                | Calls | Now | After |\n|---|---|---|\n\
                | **every call** | announcement | voicemail |\n\n**Jo · 1**\n";
    assert!(text.contains(table), "{text}");
    let summary = "<details><summary>7 users: 1 change each · Alex · 2, Alex · 3, Alex · 4, Alex · 5, \
                  Alex · 6 and 2 more</summary>";
    assert!(text.contains(summary), "{text}");
    assert_eq!(text.matches("<details>").count(), 2);
}

#[test]
fn table_cells_escape_separators() {
    let mut plan = user(1, "Jo", 1, 1);
    plan.impact = vec![CallImpact {
        after: json!({ "endsAt": "a|b\\|c\n|d|" }),
        ..forwarded()
    }];
    let text = comment(vec![plan], &[], &[]);
    let row = text.lines().find(|line| line.starts_with("| **"));
    assert_eq!(row.map(|row| row.matches('|').count()), Some(4), "{text}");
}

fn all_numbers() -> ImpactNumbers {
    ImpactNumbers {
        listed: Vec::new(),
        others: true,
        except: Vec::new(),
        of_rules: Vec::new(),
    }
}

fn forwarded() -> CallImpact {
    CallImpact {
        given: EffectAssumptions {
            switches: SwitchState::AsSet,
            working: None,
            unknown_conditions: None,
            no_rule: false,
        },
        times: ImpactTimes {
            from: "2026-11-21".to_owned(),
            weekly: json!({ "mon-sun": "all-day" }),
            outside: None,
            except: Vec::new(),
        },
        callers: all_numbers(),
        called: all_numbers(),
        calls: CallSource::Any,
        before: json!({ "endsAt": "announcement" }),
        after: json!({ "endsAt": "voicemail" }),
    }
}

#[test]
fn hostile_names_are_escaped() {
    let users = vec![
        user(1, HOSTILE, 1, 3),
        user(2, &"`".repeat(70_000), 1, 3),
        user(3, &"@".repeat(70_000), 1, 3),
    ];
    let warnings: Vec<Diagnostic> = (0..500)
        .map(|number| warning(&format!("{HOSTILE}{number}")))
        .collect();
    let unreadable = vec![HOSTILE.repeat(100); 500];
    let text = comment(users, &warnings, &unreadable);
    assert!(!text.contains('\u{202e}'));
    let outside = text_outside_fences(&text);
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
        let counts_rest = section.contains(" more; run `callrules plan` to see them.");
        assert!(counts_rest || heading == "Changes");
    }
    let summaries: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("<details>"))
        .collect();
    assert!(
        summaries[0].starts_with("<details><summary>&lt;/details&gt;␊␊```"),
        "{summaries:?}"
    );
}

#[test]
fn violations_are_listed_with_their_override_flag() {
    let mut emptied = user(101, "Alex", 1, 0);
    emptied.live_rule_count = 1;
    emptied.changes[0].action = ChangeAction::Delete;
    let plan = AccountPlan {
        account: "1".to_owned(),
        users: vec![emptied.clone()],
    };
    let violations = check_safety(&plan, SafetyLimits::default());
    let violation = escape_markdown(&violations[0].to_string());
    let flag = violations[0].override_flag();
    let text = comment(vec![emptied], &[warning("a_b")], &[])
        .replace(&violation, "VIOLATION")
        .replace(&flag, "--FLAG");
    insta::assert_snapshot!(text, @r"
    ### Plan: 1 to delete for 1 of 1 user · 1 warning

    For account 1. Nothing has changed yet. Applying this plan will take a minute at most.

    > **apply will refuse this plan:** VIOLATION; `--FLAG` allows it

    #### What callers will notice

    Times are in each user's time zone.

    **Alex · 101**

    Callers won't notice any difference.


    #### Warnings

    - warning W0102 a\_b (phones/users/a.yaml)

    #### Changes

    <details><summary>Alex · 101: 1 change</summary>

    ```diff
    - interaction rule  Alex
    ```

    </details>

    If this is intended, run `callrules -C phones apply`.
    ");
}

#[test]
fn equal_warnings_share_a_line_with_their_locations() {
    let in_file = |file: String| Diagnostic {
        file,
        ..warning("this rule is shadowed")
    };
    let warnings: Vec<_> = (1..=7).map(|n| in_file(format!("{n}.yaml"))).collect();
    let entry = |diagnostic, subject| PlanDiagnostic {
        user: Some("101"),
        subject,
        diagnostic,
    };
    let mut entries: Vec<_> = warnings
        .iter()
        .map(|diagnostic| entry(diagnostic, Some("A*")))
        .collect();
    entries.push(entry(&warnings[0], Some("B")));
    let blocks = diagnostic_blocks(&entries.iter().collect::<Vec<_>>(), &RepoPrefix::default());
    let lines: Vec<String> = blocks.into_iter().flat_map(|block| block.lines).collect();
    assert_eq!(
        lines,
        [
            "- warning W0102 101, A\\*: this rule is shadowed (1.yaml, 2.yaml, 3.yaml, 4.yaml, 5.yaml and 2 more)",
            "- warning W0102 101, B: this rule is shadowed (1.yaml)",
        ]
    );
}
