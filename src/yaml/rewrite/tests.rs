use serde_json::json;

use super::*;

/// Returns the text after a change of its value.
fn edited(text: &str, change: impl FnOnce(&mut Value)) -> String {
    let node = parse(&SourceFile::new("", text.to_owned())).0.unwrap();
    let mut target = node.to_json();
    change(&mut target);
    let new = rewrite(text, &target).unwrap();
    let (node, errors) = parse(&SourceFile::new("", new.clone()));
    assert_eq!(errors, []);
    assert_eq!(node.unwrap().to_json(), target, "{new}");
    new
}

/// Returns the lines that a change removes and adds.
fn changed_lines(text: &str, change: impl FnOnce(&mut Value)) -> String {
    let new = edited(text, change);
    let diff = similar::TextDiff::from_lines(text, &new);
    let changes = diff
        .iter_all_changes()
        .filter(|change| change.tag() != similar::ChangeTag::Equal);
    changes
        .map(|change| format!("{}{}", change.tag(), change.value()))
        .collect()
}

const FILE: &str = "\
# Header
extension: \"101\"  # Alex

interactionRules:
  # Important people
  VIP:
    enabled: true # on
    conditions:
      callerIds:
        # The boss
        - { phoneNumber: '+1650', name: Ann }
        - +1651 # Bob
      state: after-hours
    dispatching: { type: Terminate, terminate: { phoneNumber: \"+1408\" } }

  # Old
  Office: null

states:
  work-hours:
    schedule:
      weekly: { mon-fri: 08:00-16:00 }
    dispatching:
      ring:
        - targets: [mobileApps]
          seconds: 20
        - targets:
            - desktopApps
          seconds: 25
      # No answer
      noAnswer: voicemail
";

#[test]
fn replaced_scalar_keeps_comment_and_quotes_of_others() {
    insta::assert_snapshot!(changed_lines(FILE, |file| {
        file["interactionRules"]["VIP"]["enabled"] = false.into();
        file["interactionRules"]["VIP"]["conditions"]["callerIds"][1] = "+1777".into();
        file["interactionRules"]["VIP"]["dispatching"]["terminate"]["phoneNumber"] = "+1999".into();
        file["states"]["work-hours"]["dispatching"]["ring"][0]["seconds"] = 35.into();
    }), @r#"
    -    enabled: true # on
    +    enabled: false # on
    -        - +1651 # Bob
    +        - "+1777" # Bob
    -    dispatching: { type: Terminate, terminate: { phoneNumber: "+1408" } }
    +    dispatching: { type: Terminate, terminate: { phoneNumber: "+1999" } }
    -          seconds: 20
    +          seconds: 35
    "#);
}

#[test]
fn inserted_keys_and_items_follow_their_predecessor() {
    insta::assert_snapshot!(changed_lines(FILE, |file| {
        let vip = file["interactionRules"]["VIP"].as_object_mut().unwrap();
        vip.insert("queueCallsIncluded".to_owned(), true.into());
        let callers = vip["conditions"]["callerIds"].as_array_mut().unwrap();
        callers.push(json!({ "phoneNumber": "+1888", "name": "Eve: x" }));
        callers.insert(1, "+1652".into());
        vip["dispatching"]["noAnswer"] = json!("voicemail");
        let rules = file["interactionRules"].as_object_mut().unwrap();
        rules.insert("New one".to_owned(), json!({
            "conditions": { "callerIds": ["+1"] },
            "dispatching": { "type": "Terminate", "terminate": "voicemail" },
        }));
        let work_hours = file["states"]["work-hours"].as_object_mut().unwrap();
        work_hours["dispatching"]["ring"].as_array_mut().unwrap().push(
            json!({ "targets": ["hotdesk", { "phoneNumber": "+13129999999", "name": "Another long name" }], "seconds": 20 })
        );
        work_hours["dispatching"].as_object_mut().unwrap().shift_insert(0, "type".to_owned(), json!("RingInOrder"));
    }), @r#"
    +        - "+1652"
    +        - { phoneNumber: "+1888", name: "Eve: x" }
    -    dispatching: { type: Terminate, terminate: { phoneNumber: "+1408" } }
    +    dispatching: { type: Terminate, terminate: { phoneNumber: "+1408" }, noAnswer: voicemail }
    +    queueCallsIncluded: true
    +  New one:
    +    conditions:
    +      callerIds: ["+1"]
    +    dispatching:
    +      type: Terminate
    +      terminate: voicemail
    +
    +      type: RingInOrder
    +        - targets: [hotdesk, { phoneNumber: "+13129999999", name: Another long name }]
    +          seconds: 20
    "#);
}

#[test]
fn removed_parts_lose_only_their_own_comments() {
    insta::assert_snapshot!(changed_lines(FILE, |file| {
        let rules = file["interactionRules"].as_object_mut().unwrap();
        rules.shift_remove("Office");
        let vip = rules["VIP"].as_object_mut().unwrap();
        vip.shift_remove("enabled");
        vip["conditions"]["callerIds"].as_array_mut().unwrap().remove(0);
        vip["dispatching"].as_object_mut().unwrap().shift_remove("type");
        let dispatching = file["states"]["work-hours"]["dispatching"].as_object_mut().unwrap();
        dispatching.shift_remove("noAnswer");
        dispatching["ring"][0].as_object_mut().unwrap().shift_remove("targets");
        dispatching["ring"].as_array_mut().unwrap().remove(1);
    }), @r#"
    -    enabled: true # on
    -        # The boss
    -        - { phoneNumber: '+1650', name: Ann }
    -    dispatching: { type: Terminate, terminate: { phoneNumber: "+1408" } }
    -
    -  # Old
    -  Office: null
    +    dispatching: { terminate: { phoneNumber: "+1408" } }
    -        - targets: [mobileApps]
    -          seconds: 20
    -        - targets:
    -            - desktopApps
    -          seconds: 25
    -      # No answer
    -      noAnswer: voicemail
    +        - seconds: 20
    "#);
}

#[test]
fn value_of_another_shape_is_replaced_as_a_whole() {
    insta::assert_snapshot!(changed_lines(FILE, |file| {
        let vip = &mut file["interactionRules"]["VIP"];
        vip["conditions"]["callerIds"] = json!([]);
        vip["dispatching"]["terminate"] = json!("announcement");
        file["interactionRules"]["Office"] = json!({
            "conditions": { "callerIds": ["+1"] },
            "dispatching": { "type": "Terminate", "terminate": "voicemail" },
        });
        file["states"]["work-hours"]["schedule"] = json!({ "daily": "all-day" });
        file["states"]["work-hours"]["dispatching"]["ring"][1]["targets"] = json!(["mobileApps", "x"]);
    }), @r#"
    -      callerIds:
    -        # The boss
    -        - { phoneNumber: '+1650', name: Ann }
    -        - +1651 # Bob
    +      callerIds: []
    -    dispatching: { type: Terminate, terminate: { phoneNumber: "+1408" } }
    +    dispatching: { type: Terminate, terminate: announcement }
    -  Office: null
    +  Office:
    +    conditions:
    +      callerIds: ["+1"]
    +    dispatching:
    +      type: Terminate
    +      terminate: voicemail
    -      weekly: { mon-fri: 08:00-16:00 }
    +      daily: all-day
    -            - desktopApps
    +            - mobileApps
    +            - x
    "#);
}

#[test]
fn emptied_map_is_written_in_brackets() {
    let text = "interactionRules:\n  A: { b: 1 }  # c\n  # end\nx: 1\n";
    let new = edited(text, |file| file["interactionRules"] = json!({}));
    assert_eq!(new, "interactionRules: {}\nx: 1\n");
    let text = "interactionRules: {} # none\n";
    let new = edited(text, |file| {
        file["interactionRules"] = json!({ "A": { "enabled": true } });
    });
    assert_eq!(new, "interactionRules: # none\n  A:\n    enabled: true\n");
}

#[test]
fn renamed_key_keeps_its_value_and_place() {
    let text = "rules:\n  # one\n  A: { b: 1 } # c\n  B: 2\n";
    let new = edited(text, |file| {
        file["rules"] = json!({ "Yes: no": { "b": 1 }, "B": 2 });
    });
    assert_eq!(
        new,
        "rules:\n  # one\n  \"Yes: no\": { b: 1 } # c\n  B: 2\n"
    );
}

#[test]
fn alias_is_expanded_and_anchor_keeps_its_value() {
    let text = "a: &x { b: 1 } # def\nc: *x # use\nd: *x\n";
    let new = edited(text, |file| file["c"]["b"] = 2.into());
    assert_eq!(new, "a: &x { b: 1 } # def\nc: # use\n  b: 2\nd: *x\n");
}

#[test]
fn changed_anchor_moves_to_its_first_alias() {
    let text = "a: &x\n  b: 1 # def\n  c: 2\nd: [*x, 1]\ne: *x\n";
    let new = edited(text, |file| file["a"]["b"] = 5.into());
    assert_eq!(
        new,
        "a:\n  b: 5 # def\n  c: 2\nd: [&x {b: 1, c: 2}, 1]\ne: *x\n"
    );
    let text = "a: &x one\nb: *x\n";
    let new = edited(text, |file| file["a"] = "two".into());
    assert_eq!(new, "a: two\nb: &x one\n");
    let text = "l:\n  - &x { b: 1 }\n  - *x\n";
    let new = edited(text, |file| file["l"][0]["b"] = 3.into());
    assert_eq!(new, "l:\n  - { b: 3 }\n  - &x\n    b: 1\n");
}

#[test]
fn line_breaks_and_missing_final_line_break_are_kept() {
    let text = "a:\r\n  b: 1\r\n  c:\r\n    - 1\r\n    - 2\r\nd: 4";
    let new = edited(text, |file| {
        file["a"]["c"] = json!([1, 3, 5]);
        file["e"] = json!({ "f": 1, "g": [2] });
    });
    assert_eq!(
        new,
        "a:\r\n  b: 1\r\n  c:\r\n    - 1\r\n    - 3\r\n    - 5\r\nd: 4\r\ne:\r\n  f: 1\r\n  g:\r\n    - 2"
    );
    let removed = edited(text, |file| {
        file.as_object_mut().unwrap().shift_remove("d");
    });
    assert_eq!(removed, text.strip_suffix("\r\nd: 4").unwrap());
}

#[test]
fn indentation_of_the_file_is_used_for_new_parts() {
    let text = "a:\n    b:\n        c: 1\n";
    let new = edited(text, |file| {
        file["a"]["d"] = json!({ "e": [{ "f": "a text that is too long for a line", "g": [{ "h": "another text that is too long" }] }], "i": { "j": {} } });
    });
    assert_eq!(
        new,
        "a:\n    b:\n        c: 1\n    d:\n        e:\n            - f: a text that is too long for a line\n              g: [{h: another text that is too long}]\n        i:\n            j: {}\n"
    );
}

#[test]
fn block_scalars_and_long_flow_values_are_replaced() {
    let text = "a: |\n  one\n  two\n\nb: >- # c\n  x\nc: [1,\n  2, # two\n  3]\nd: 'x''y'\n";
    let new = edited(text, |file| {
        file["a"] = "new".into();
        file["b"] = json!({ "k": 1 });
        file["c"] = json!([1, 3]);
        file["d"] = json!("a # b");
    });
    assert_eq!(new, "a: new\n\nb:\n  k: 1\nc: [1,\n  3]\nd: \"a # b\"\n");
}

#[test]
fn missing_value_is_filled_in() {
    let text = "a: # nothing\nb:\nc: {d, e: 1}\nf:\n  -\n  - 2\n";
    let new = edited(text, |file| {
        file["a"] = 1.into();
        file["b"] = json!({ "x": "y" });
        file["c"]["e"] = 2.into();
        file["f"][0] = 3.into();
    });
    assert_eq!(
        new,
        "a: 1 # nothing\nb:\n  x: \"y\"\nc: {d, e: 2}\nf:\n  - 3\n  - 2\n"
    );
}

#[test]
fn items_that_differ_only_in_the_order_of_their_keys_are_equal() {
    let text = "- {b: 1, a: 2}\n- x\n";
    let target = serde_json::json!([{ "a": 2, "b": 1 }, "z"]);
    assert_eq!(
        super::rewrite(text, &target).unwrap(),
        "- {b: 1, a: 2}\n- z\n"
    );
}
