//! What is in no log and no `Debug`.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use multischema_admin::OperatorError;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::auth_site::Site;

/// Keeps all that anybody logs, at every level.
#[derive(Clone, Default)]
struct All(Arc<Mutex<String>>);

impl Visit for All {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let mut all = self.0.lock().unwrap();
        all.push_str(&format!("{field}={value:?}\n"));
    }
}

impl Subscriber for All {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut self.clone());
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[test]
fn no_password_hash_session_or_token_is_shown() {
    let log = All::default();
    // For all threads: a query runs on another.
    tracing::subscriber::set_global_default(log.clone()).unwrap();
    let [right, wrong, new] = [
        "right horse of the log",
        "wrong horse of the log",
        "newer horse of the log",
    ];
    let site = Site::new();
    site.operators.create("logged", right, false).unwrap();
    let hash = "SELECT password_hash FROM multischema.admin_users WHERE name = 'logged'";
    let secret = "SELECT data #>> '{operator,secret}' FROM multischema.admin_sessions LIMIT 1";
    let mut secrets = vec![
        right.to_owned(),
        wrong.to_owned(),
        new.to_owned(),
        site.value(hash),
    ];

    let mut browser = site.browser();
    browser.log_in("logged", wrong);
    browser.log_in("unknown", right);
    browser.log_in("logged", right);
    secrets.push(browser.session().unwrap().to_owned());
    secrets.push(site.value(secret));
    secrets.push(browser.token("x"));
    let shown = browser.get("/admin").json()["debug"].to_string();
    assert!(shown.contains("logged"), "{shown}");
    browser.change_password(wrong, new, new);
    browser.change_password(right, new, new);
    secrets.push(browser.session().unwrap().to_owned());
    secrets.push(site.value(hash));
    secrets.push(site.value(secret));
    for _ in 0..6 {
        browser.log_in("logged", wrong);
    }
    site.world
        .run("ALTER TABLE multischema.admin_users RENAME TO gone");
    browser.log_in("logged", wrong);
    assert_eq!(browser.get("/admin").status, 503);
    let error = site.operators.create("other", new, false).unwrap_err();
    assert!(matches!(error, OperatorError::NotInstalled), "{error:?}");
    let mut texts = vec![
        shown,
        format!("{error:?} {error}"),
        format!("{:?}", site.operators),
    ];
    let short = site
        .operators
        .create("other", "Tr0ub4dor", false)
        .unwrap_err();
    texts.push(format!("{short:?} {short}"));
    secrets.push("Tr0ub4dor".to_owned());

    // As bytes are shown that nobody hides.
    let bytes = |it: &String| -> Option<Vec<u8>> {
        let digits = (0..it.len()).step_by(2);
        digits
            .map(|at| u8::from_str_radix(it.get(at..at + 2)?, 16).ok())
            .collect()
    };
    let shown_bytes: Vec<_> = secrets
        .iter()
        .filter_map(bytes)
        .map(|it| format!("{it:?}"))
        .collect();
    assert_eq!(shown_bytes.len(), 3, "two secrets and a token");
    secrets.extend(shown_bytes);

    let log = log.0.lock().unwrap().clone();
    assert!(log.contains("a session could not be had"), "{log}");
    texts.push(log);
    for text in &texts {
        for secret in &secrets {
            assert!(
                secret.len() > 8 && !text.contains(&**secret),
                "{secret} in {text}"
            );
        }
    }
}
