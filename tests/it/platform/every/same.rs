//! Promise: what is written reads back as what it was written from, and nothing differs from itself.

use proptest::prelude::*;

use hnsplan::capture::{Contents, detect};

use super::{Dump, World, compared, differences, dumps, platforms, read_back};
use crate::support::cases::config;
use crate::support::clusters::{cluster, version};

proptest! {
    #![proptest_config(config(40))]

    #[test]
    fn what_is_written_reads_back(cluster in cluster(), version in version()) {
        let world = World::of(cluster.run(version).compile());
        for platform in platforms() {
            let context = world.context();
            let written = platform.texts(context).value.iter().map(ToString::to_string).collect::<String>();
            let Some(held) = read_back(platform, context) else {
                // Without any rule there is nothing to tell the text by.
                let objects = platform.objects(context).value;
                prop_assert!(objects.artifacts().iter().all(|of| of.text.is_empty()), "{platform:?}\n{written}");
                continue;
            };
            let found = differences(platform, context, &*held);
            prop_assert!(found.is_empty(), "{platform:?}: {found:#?}\n{written}");
            if let Some(Contents::Dump(recognized)) = detect(&written) {
                prop_assert_eq!(recognized.name(), platform.name(), "{}", written);
            }
        }
    }

    #[test]
    fn wanted_rules_do_not_differ_from_themselves(cluster in cluster(), version in version()) {
        let world = World::of(cluster.run(version).compile());
        for platform in platforms() {
            let sides = [(); 2].map(|()| platform.objects(world.context()).value);
            let found = compared(world.context(), sides);
            prop_assert!(found.is_empty() && found.changes.is_empty(), "{platform:?}: {:#?}", found.changes);
        }
    }
}

#[test]
fn no_dump_differs_from_itself() {
    let world = World::of(crate::support::run::Run::of("").compile());
    let dumps = dumps();
    for Dump { name, platform, held, .. } in dumps {
        let found = compared(world.context(), [(); 2].map(|()| held.duplicate().into_objects()));
        assert!(found.is_empty() && found.changes.is_empty(), "{platform:?} {name}: {:#?}", found.changes);
        let texts = [(); 2].map(|()| held.duplicate().into_objects().artifacts());
        assert_eq!(texts[0], texts[1], "{name}");
    }
    for platform in hnsplan::platform::all() {
        assert!(
            dumps.iter().any(|dump| dump.platform == *platform),
            "no fixture is a dump of {platform:?}: add one"
        );
    }
}
