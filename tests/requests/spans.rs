//! What is in the log of a request.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::site::Site;

/// Keeps the schema of each span, and in which of them something ran.
#[derive(Clone, Default)]
struct Spans {
    schemata: Arc<Mutex<Vec<Option<String>>>>,
    entered: Arc<Mutex<Vec<String>>>,
}

#[derive(Default)]
struct SchemaOf(Option<String>);

impl Visit for SchemaOf {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "schema" {
            self.0 = Some(format!("{value:?}"));
        }
    }
}

impl Subscriber for Spans {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("multischema_axum")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut schema = SchemaOf::default();
        span.record(&mut schema);
        let mut schemata = self.schemata.lock().unwrap();
        schemata.push(schema.0);
        Id::from_u64(schemata.len() as u64)
    }

    fn enter(&self, span: &Id) {
        let index = usize::try_from(span.into_u64()).unwrap() - 1;
        let schema = self.schemata.lock().unwrap()[index].clone();
        let mut entered = self.entered.lock().unwrap();
        entered.push(schema.unwrap_or_default());
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn exit(&self, _: &Id) {}
}

#[test]
fn a_request_is_in_a_span_that_names_the_schema() {
    let site = Site::new();
    let spans = Spans::default();
    let get = |user: &str, path: &str| {
        spans.entered.lock().unwrap().clear();
        let answer = tracing::subscriber::with_default(spans.clone(), || site.get(user, path));
        let mut entered = spans.entered.lock().unwrap().clone();
        entered.dedup();
        (answer.short(), entered)
    };
    let (answer, entered) = get("ann", "/t/a/rows");
    assert_eq!(answer, "200 a 1");
    assert_eq!(entered, ["a"]);
    assert_eq!(get("ann", "/t/c/rows").1.len(), 0, "it was refused");
    assert_eq!(get("ann", "/").1.len(), 0, "it has none");
    assert_eq!(get("ben", "/").1.len(), 1);
    let schemata = spans.schemata.lock().unwrap().clone();
    assert_eq!(schemata, [Some("a".to_owned()), Some("b".to_owned())]);
}
