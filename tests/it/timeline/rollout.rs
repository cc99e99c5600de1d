//! Promise: `hnsplan rollout` says what clients notice of a change in every format, by its exit code, and names what is
//! wrong with what was asked.

use std::fs;

use serde_json::Value;

use crate::support::exe::{Outcome, hnsplan};

const FRONT: &str = "fixtures/rollouts/front.yaml";
const QUIET: &str = "fixtures/rollouts/quiet.yaml";

fn run(file: &str, flags: &str) -> Outcome {
    hnsplan("rollout -f").arg(file).args(flags).run()
}

#[test]
fn the_exit_code_says_whether_clients_notice_anything() {
    for (file, flags, code) in [
        (FRONT, "--restart shop/front", 1),
        (QUIET, "--restart shop/web", 0),
        (QUIET, "--scale shop/web=4", 0),
        (QUIET, "--restart shop/web -t nftables", 0),
        (QUIET, "--restart shop/web -t hns --hns-version 15.4", 1),
        (QUIET, "--restart shop/web -t hns --hns-version 16.0", 0),
        // No other node takes the pods.
        (QUIET, "--drain linux-1", 1),
    ] {
        let outcome = run(file, flags);
        assert_eq!(outcome.code, code, "{file} {flags}: {}{}", outcome.stdout, outcome.stderr);
    }
}

#[test]
fn the_answer_in_json_fits_its_schema_and_says_what_the_text_says() {
    let schema: Value =
        serde_json::from_str(hnsplan("schema rollout").run().succeeded()).expect("it is JSON");
    for (file, flags) in [
        (FRONT, "--restart shop/front"),
        (QUIET, "--restart shop/web"),
        (QUIET, "--scale shop/web=1"),
        (QUIET, "--drain linux-1"),
    ] {
        let told = run(file, &format!("{flags} -o json")).stdout;
        let document: Value = serde_json::from_str(&told).expect("it is JSON");
        let mut found = Vec::new();
        crate::cli::schema::misfits(&schema, &schema, &document, "", &mut found);
        assert_eq!(found, Vec::<String>::new(), "{file} {flags}");
        let (text, markdown) =
            (run(file, &format!("{flags} -v")).stdout, run(file, &format!("{flags} -o md")).stdout);
        for workload in document["workloads"].as_array().expect("a list") {
            let name =
                format!("{} {}: ", workload["kind"].as_str().unwrap(), workload["name"].as_str().unwrap());
            assert!(text.contains(&name) && markdown.contains(&name), "{name}: {text}{markdown}");
        }
        for moment in document["worst"]["moments"].as_array().expect("a list") {
            let moment = moment.as_str().expect("a text");
            assert!(text.contains(moment), "{moment}: {text}");
        }
        let service = document["longest"][0]["service"].as_str();
        let is_told = |text: &str| text.contains("has no endpoint");
        // At the end of a rollout that does not end there may be none either.
        assert!(service.is_none() || is_told(&markdown), "{file} {flags}: {markdown}");
    }
}

/// The page has the words of the text, and a picture for each node and order with a bar for all that clients notice.
#[test]
fn the_page_says_what_the_text_says() {
    for (file, flags) in
        [(FRONT, "--restart shop/front"), (FRONT, "--drain win-1"), (QUIET, "--restart shop/web")]
    {
        let page = run(file, &format!("{flags} -o html"));
        let document = run(file, &format!("{flags} -o json"));
        assert_eq!(page.code, document.code, "{file} {flags}");
        let document: Value = serde_json::from_str(&document.stdout).expect("it is JSON");
        let text = run(file, &format!("{flags} -v")).stdout;
        let sentences =
            text.lines().filter(|line| line.contains("has no endpoint") || line.contains(" is replaced"));
        for line in sentences {
            assert!(page.stdout.contains(&line.trim().replace('\'', "&#39;")), "{file} {flags}: {line}");
        }
        let mut bars = 0;
        for order in ["worst", "best"] {
            for on_node in document[order]["replays"].as_array().expect("a list") {
                bars += on_node["replay"]["disturbances"].as_array().map_or(0, Vec::len);
            }
        }
        let drawn = page.stdout.matches("<rect class=\"bar-").count();
        // Where both orders are felt alike, one picture shows both.
        assert!(
            drawn <= bars && drawn * 2 >= bars && (bars > 0) == (drawn > 0),
            "{file} {flags}: {drawn} of {bars}"
        );
        assert!(page.stdout.contains("of moment ") == (drawn > 0), "{file} {flags}");
        assert!(!page.stdout.contains(" of step "), "{file} {flags}");
    }
}

#[test]
fn what_is_wrong_is_named_with_what_is_there() {
    for (flags, said) in [
        (
            "--restart shop/frnt",
            "--restart: workload shop/frnt is not in the input; did you mean shop/front?",
        ),
        ("--scale shop/api=2", "--scale: workload shop/api is not in the input"),
        ("--scale shop/front=2", "DaemonSet shop/front has a pod for each node and no replicas"),
        ("--scale shop/front", "`shop/front` is no scale; expected NAMESPACE/NAME=REPLICAS"),
        ("--scale shop/front=many", "`many` is no number of replicas; expected 0 to 10000"),
        ("--restart front", "`front` is no workload; expected NAMESPACE/NAME"),
        ("--drain win-3", "--drain: node win-3 is not in the input; did you mean win-1?"),
        ("--restart shop/front --node win-9", "node win-9 is not in the input; did you mean win-1?"),
        ("--restart shop/front -t netsh", "netsh has no later syncs"),
        ("--restart shop/front -o prom", "invalid value 'prom'"),
        ("", "nothing changes: add --scale, --restart or --drain, or compare --old with --new"),
    ] {
        let outcome = run(FRONT, flags);
        let told = outcome.failed(2);
        assert!(told.contains(said), "{flags}: {told}");
        assert_eq!(outcome.stdout, "", "{flags}");
    }
    let outcome = hnsplan("rollout --old").arg(FRONT).run();
    assert!(outcome.failed(2).contains("--new"), "{}", outcome.stderr);
    let outcome = hnsplan("rollout --old missing.yaml --new missing.yaml").run();
    assert!(outcome.failed(2).contains("missing.yaml"), "{}", outcome.stderr);
}

/// Other manifests are a change as well, and nothing is one where both are alike.
#[test]
fn old_and_new_manifests_are_compared() {
    let folder = tempfile::tempdir().expect("there is room");
    let app = fs::read_to_string(QUIET).expect("it can be read");
    let new = folder.path().join("new.yaml");
    for (text, code, said) in [
        (app.clone(), 0, ""),
        (app.replace("web:3", "web:4"), 0, "2 pods are replaced"),
        (app.replace("replicas: 2", "replicas: 3"), 0, "from 2 to 3 pods"),
        (
            app.replace("maxSurge: 1\n      maxUnavailable: 0", "maxSurge: 0\n      maxUnavailable: 2")
                .replace("web:3", "web:4"),
            1,
            "has no endpoint",
        ),
    ] {
        fs::write(&new, &text).expect("it can be written");
        let outcome = hnsplan("rollout --old").arg(QUIET).arg("--new").arg(&new).run();
        assert_eq!(outcome.code, code, "{}{}", outcome.stdout, outcome.stderr);
        assert!(outcome.stdout.contains(said), "{said}: {}", outcome.stdout);
    }
}

/// What a controller does that is not modelled is never told as nothing.
#[test]
fn other_controllers_are_named() {
    let folder = tempfile::tempdir().expect("there is room");
    let app = fs::read_to_string(QUIET).expect("it can be read");
    let argo = app.replace("apps/v1", "argoproj.io/v1alpha1").replace("kind: Deployment", "kind: Rollout");
    let [old, new] = ["old.yaml", "new.yaml"].map(|name| folder.path().join(name));
    fs::write(&old, &argo).expect("it can be written");
    for (text, code) in [
        (argo.clone(), 0),
        (argo.replace("web:3", "web:4"), 1),
        (argo.replace("replicas: 2", "replicas: 3"), 1),
    ] {
        fs::write(&new, &text).expect("it can be written");
        for format in ["text", "md", "json"] {
            let outcome =
                hnsplan("rollout -o").args(format).arg("--old").arg(&old).arg("--new").arg(&new).run();
            assert_eq!(outcome.code, code, "{}{}", outcome.stdout, outcome.stderr);
            assert_eq!(outcome.stdout.contains("Rollout shop/web"), code == 1, "{}", outcome.stdout);
        }
    }
    let outcome = hnsplan("rollout --restart shop/web -f").arg(&old).run();
    let said = "--restart: what a Rollout does is not modelled; expected one of Deployment, StatefulSet";
    assert!(outcome.failed(2).contains(said), "{}", outcome.stderr);
}
