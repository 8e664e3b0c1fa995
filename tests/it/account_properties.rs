//! Properties that hold for all accounts: an import restores rules that were deleted, an edit by
//! hand is reverted without touching anything else, and the forms in which an account may respond
//! are no difference.

use std::collections::BTreeSet;

use callrules::api::encode::{self, RequiredPartsMode, RuleOwner};
use callrules::model::{ExtensionId, RuleDefinition};
use callrules::reconcile::account::AccountReader;
use callrules::{
    Account, ClientConfig, ImportOptions, JournalTarget, PlanOptions, PlanOutcome, Repository,
    RunProgress, RunTime, SafetyLimits,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, subsequence};
use serde_json::{Value, json};

use crate::strategies::rule;
use crate::support::{TestEnv, single_user_seed};

/// The time of all plans: a Wednesday.
const TIME: RunTime = RunTime::Local(jiff::civil::date(2026, 11, 25).at(9, 0, 0, 0));

/// The ids of the phones that the generated user may have.
const PHONES: [&str; 3] = ["7001", "7002", "7004"];

/// The sandbox's forms of responses.
const FORMS: [&str; 10] = [
    "form-decimals",
    "form-nfd",
    "form-to-objects",
    "form-no-plus",
    "form-nulls",
    "form-midnight",
    "form-one-feature",
    "form-reversed",
    "form-labels",
    "form-external",
];

/// A user with one to three desk phones, and with the ring groups of each rule in any order.
#[derive(Debug, Clone)]
struct GeneratedAccount {
    phones: usize,
    rules: Vec<Value>,
}

impl GeneratedAccount {
    fn seed(&self) -> Value {
        let mut seed = single_user_seed(Value::from(self.rules.clone()));
        let phones = PHONES[..self.phones].iter();
        let phones = phones.map(|id| json!({ "id": id, "name": format!("Phone {id}") }));
        seed["extensions"][0]["devices"] = phones.collect();
        seed
    }
}

fn account() -> impl Strategy<Value = GeneratedAccount> {
    let rules = vec((rule().boxed(), any::<[Index; 12]>()), 1..4);
    (1..=PHONES.len(), rules).prop_map(|(phones, rules)| {
        let ids = PHONES[..phones].iter().map(|id| (*id).to_owned());
        let ids: Vec<String> = ids.collect();
        let user = ExtensionId("1001".to_owned());
        let owner = RuleOwner {
            phones: &ids,
            ..RuleOwner::for_comparison(&user)
        };
        let body = |(place, (mut rule, order)): (usize, (RuleDefinition, [Index; 12]))| {
            rule.name = format!("Rule {place}");
            let body = encode::interaction_rule_body(None, &rule, owner, RequiredPartsMode::Add);
            let mut body = Value::Object(body.unwrap());
            shuffle_groups(&mut body, order);
            body
        };
        GeneratedAccount {
            phones,
            rules: rules.into_iter().enumerate().map(body).collect(),
        }
    })
}

/// Returns the actions of a rule.
fn actions(rule: &mut Value) -> &mut Vec<Value> {
    rule["dispatching"]["actions"].as_array_mut().unwrap()
}

/// Moves the ring groups of a rule among their places.
fn shuffle_groups(rule: &mut Value, order: [Index; 12]) {
    let actions = actions(rule);
    let is_group = |action: &Value| action["type"] == "RingGroupAction";
    let places: Vec<usize> = (0..actions.len())
        .filter(|at| is_group(&actions[*at]))
        .collect();
    for (at, other) in places.iter().zip(order) {
        actions.swap(*at, places[other.index(places.len())]);
    }
}

/// The account of the environment's sandbox, for calls of the library.
fn connect(env: &TestEnv) -> Account {
    let variables = env.environment();
    let value = |name: &str| {
        let mut variables = variables.iter();
        variables
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.clone())
    };
    Account::connect(ClientConfig::from_env(value).unwrap()).unwrap()
}

fn import(env: &TestEnv) {
    let (repository, _) = Repository::open(env.path()).unwrap();
    let options = ImportOptions::default();
    let progress = RunProgress::default();
    let account = connect(env);
    let import = callrules::import(env.path(), Some(&repository), &account, &options, &progress);
    let report = env.block_on(import).unwrap();
    assert!(report.is_complete(), "{report:#?}");
}

fn plan(env: &TestEnv) -> PlanOutcome {
    let (repository, diagnostics) = Repository::open(env.path()).unwrap();
    let errors = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.is_error());
    assert_eq!(errors.count(), 0, "{diagnostics:#?}");
    let (options, progress) = (PlanOptions::new(TIME), RunProgress::default());
    let account = connect(env);
    let plan = callrules::plan(&repository, &account, &options, &progress);
    env.block_on(plan).unwrap()
}

/// Applies a plan, whose writes are all stored, and after which the plan is empty.
fn apply(env: &TestEnv, outcome: &PlanOutcome) {
    let target = JournalTarget {
        root: env.path(),
        file: Some(&env.path().join("journal.jsonl")),
        clock: || "2026-11-25T09:00:00Z".to_owned(),
    };
    let limits = SafetyLimits {
        max_deletes: Some(9),
        ..SafetyLimits::default()
    };
    let (account, progress) = (connect(env), RunProgress::default());
    let report = callrules::apply(&account, outcome, limits, target, &progress);
    let report = env.block_on(report).unwrap();
    assert!(report.is_complete(), "{report:#?}");
    let next = plan(env);
    assert!(next.plan.is_empty(), "{:#?}", next.plan);
}

/// Returns the user's rules as responses show them, without their ids and without what the service
/// adds to a write, such as disabled greetings.
fn read_rules(env: &TestEnv) -> Value {
    let account = connect(env);
    let user = ExtensionId("1001".to_owned());
    let rules = env
        .block_on(account.client().interaction_rules(&user))
        .unwrap();
    let rules = rules.into_iter().map(|rule| {
        let mut rule = Value::Object(rule.body);
        rule.as_object_mut().unwrap().remove("id");
        let is_added =
            |action: &Value| action.get("greeting").is_some() && action["enabled"] == false;
        actions(&mut rule).retain(|action| !is_added(action));
        crate::drift::remove_additions(&mut rule);
        rule
    });
    let mut rules: Value = rules.collect();
    rules.sort_all_objects();
    rules
}

/// Replaces the user's rules, as an edit in the RingCentral app does.
fn write_rules(env: &TestEnv, rules: &[Value]) {
    env.sandbox().edit(|account| {
        let user = account.extension_mut("101").unwrap();
        user.interaction_rules = rules.to_vec();
    });
}

/// Edits that callers can notice. Each returns false if the rule lacks the part.
const EDITS: [fn(&mut Value, Index) -> bool; 6] = [
    |rule, _| {
        rule["enabled"] = (rule["enabled"] != true).into();
        true
    },
    |rule, index| {
        let callers = rule.pointer_mut("/conditions/0/from");
        let Some(callers) = callers
            .and_then(Value::as_array_mut)
            .filter(|list| !list.is_empty())
        else {
            return false;
        };
        let at = index.index(callers.len());
        callers[at]["phoneNumber"] = json!("+16507777777");
        true
    },
    |rule, _| {
        let condition = &mut rule["conditions"][0];
        let Some(called) = condition.get_mut("to").and_then(Value::as_array_mut) else {
            return false;
        };
        called.push(json!("+16505550199"));
        true
    },
    |rule, index| edit_ringing_group(rule, index, |group| group["duration"] = json!(85)),
    |rule, index| edit_ringing_group(rule, index, |group| group["enabled"] = json!(false)),
    |rule, _| {
        let included = &rule["dispatching"]["callTypes"]["queueCallsIncluded"];
        let included = *included == true;
        rule["dispatching"]["callTypes"] = json!({ "queueCallsIncluded": !included });
        true
    },
];

fn edit_ringing_group(rule: &mut Value, index: Index, edit: impl FnOnce(&mut Value)) -> bool {
    if rule["dispatching"]["type"] == "Terminate" {
        return false;
    }
    let rings =
        |action: &&mut Value| action["type"] == "RingGroupAction" && action["enabled"] == true;
    let mut groups: Vec<&mut Value> = actions(rule).iter_mut().filter(rings).collect();
    if groups.is_empty() {
        return false;
    }
    let at = index.index(groups.len());
    edit(groups[at]);
    true
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// Files of an import create the rules again, with the same bodies in the same order.
    #[test]
    fn imported_rules_are_restored_after_they_were_deleted(account in account()) {
        let env = TestEnv::new(account.seed());
        let before = read_rules(&env);
        import(&env);
        write_rules(&env, &[]);
        apply(&env, &plan(&env));
        prop_assert_eq!(read_rules(&env), before);
    }

    /// After an import, each edit by hand is in the plan, and the apply undoes these edits alone:
    /// order, silent groups and everything else stay as they were.
    #[test]
    fn apply_changes_edited_parts_only(account in account(), edits in vec((any::<Index>(), any::<Index>(), any::<Index>()), 1..4)) {
        let env = TestEnv::new(account.seed());
        import(&env);
        let before = read_rules(&env);
        let mut rules = env.user("101")["interactionRules"].as_array().unwrap().clone();
        let original = rules.clone();
        // The same edit twice would undo itself.
        let mut done = BTreeSet::new();
        for (rule, edit, at) in edits {
            let (rule, edit) = (rule.index(rules.len()), edit.index(EDITS.len()));
            if done.insert((rule, edit)) {
                EDITS[edit](&mut rules[rule], at);
            }
        }
        let edited: BTreeSet<usize> = (0..rules.len()).filter(|at| rules[*at] != original[*at]).collect();
        write_rules(&env, &rules);
        let outcome = plan(&env);
        prop_assert_eq!(outcome.plan.summary().update, edited.len());
        if !edited.is_empty() {
            apply(&env, &outcome);
        }
        prop_assert_eq!(read_rules(&env), before);
    }

    /// An account may respond in any of the forms that were seen: its files still match, and a
    /// change is stored, read back and not shown again.
    #[test]
    fn forms_of_responses_are_no_difference(account in account(), forms in subsequence(FORMS.to_vec(), 1..4)) {
        let plain = TestEnv::new(account.seed());
        import(&plain);
        let forms: Vec<String> = forms.iter().map(|form| format!("{form} rate=1")).collect();
        let forms: Vec<&str> = forms.iter().map(String::as_str).collect();
        let env = TestEnv::with_forms(account.seed(), &forms);
        crate::support::copy(plain.path(), env.path());
        let outcome = plan(&env);
        prop_assert!(outcome.plan.is_empty(), "{:?}\n{:#?}", forms, outcome.plan);
        let mut rules = env.user("101")["interactionRules"].as_array().unwrap().clone();
        rules[0]["enabled"] = (rules[0]["enabled"] != true).into();
        write_rules(&env, &rules);
        apply(&env, &plan(&env));
    }
}
