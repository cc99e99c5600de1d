//! Promise: a code is never reused, never lost, and always means something that a person can read.

use std::collections::BTreeSet;

use hnsplan::diagnostics::Severity;
use hnsplan::{catalog, explain};

/// Every code, with the first letter of its severity.
const GIVEN: &str = "
    M0001e M0002e M0003e M0004e M0005n M0006e M0007e M0008e M0009w M0010e M0011w M0012e M0013e M0014e M0015n M0016w M0017e M0018e M0019e M0101e M0102e
    M0103e M0104e M0105e M0106e M0107e M0108e M0109e M0110e M0111e M0112e M0113e M0114e M0116e M0118e
    M0120e M0121e M0122e M0123e M0124e M0126e M0127e M0129e M0130e M0131w M0132e M0133e M0134w M0135w
    M0136w M0137e M0138e M0139w M0140e M0141w M0142w M0143n M0201e M0202e M0203w M0204w M0205e M0206w M0207e M0208e M0209e
    M0210w M0211e M0212e M0213e M0214w M0215w M0216w M0217w M0218n M0219n M0220e M0221e
    N0301w N0302w N0303n N0304e N0305w N0306w N0307w N0308e N0310w N0311e N0313n N0314w N0315e N0316n N0317n N0318w N0319w N0320n
    K0401n K0402n K0403n K0404w K0405n K0406n
    I0501e I0502w I0503n
    I0521e I0522w I0523n I0524e I0525w I0526e I0527n I0528n I0529w
    H0601e H0602e H0603n H0604n H0605w H0606w H0607w H0608e H0609w H0610w H0611w H0612w H0613n H0614w
    H0615w H0616w H0617w H0618w H0619w H0620w H0621w H0622w H0623w H0624n H0625e H0626w H0627w H0628n
    H0629w H0630w H0631e H0632w H0633w H0641w H0642w H0643n H0644w H0645n H0646e H0647n
    S0701w S0702w S0703w S0704w S0705w S0706w S0707w S0708w S0709w S0710w S0711w S0712w S0713w S0714w
    S0715w S0716n S0717n S0718n S0719n S0720e S0721e S0722e S0723e
    D0801e D0802e D0803e D0804w D0805w D0806w D0807w D0808w D0809n D0810w D0811w D0812w D0813w D0814w
    D0815n D0816w D0817w D0818n D0819w D0820e D0821w D0822n
    L0901e L0902e L0903e L0904n L0905w L0906e L0907e L0908w L0909e L0910w L0911e L0912w L0913w L0914w
    L0915e L0916w L0917w L0918e L0919n L0920w L0921e L0922e L0923w L0924w L0925n L0926w L0927e L0928w L0930w
    L0931w L0932w L0933n L0934n L0935n L0936n L0937w L0938n L0939n L0940n L0941w L0942w L0943n
    F1001e F1002w F1003e F1004e F1005w F1006e F1007n F1008e F1009e F1010e F1011n F1012e F1013e F1014e F1015e F1016e
    G1101w G1102e G1103n G1104e G1105w
    A1201e A1202e A1203e A1204e A1205e A1206e A1207e A1208e A1209e A1210e A1211e A1212e A1213e A1214e
    A1215e A1216e A1217e A1218e A1219e A1220e A1221e A1222e A1223e A1224e A1225e A1226e A1227e A1228e
    C1301e C1302e C1303e C1304e C1305n C1306w C1307e C1308w C1309e C1310n C1311n C1312n C1313w C1314w
    C1315w C1316w C1317w C1320w C1321w C1322w C1323n C1324w C1325n
    R1401e R1402w R1403e R1404e R1405e R1406e R1407w R1408n R1409n R1410n R1411n R1412n R1413n
    R1414e R1415w
";

/// Codes that were taken back; their numbers are not used again.
const TAKEN_BACK: [&str; 1] = ["N0309"];

fn letter(severity: Severity) -> &'static str {
    &severity.as_str()[..1]
}

#[test]
fn every_code_that_was_given_is_there_with_its_severity() {
    let listed: Vec<String> =
        catalog::all().iter().map(|code| format!("{}{}", code.id(), letter(code.severity()))).collect();
    let given: Vec<&str> = GIVEN.split_whitespace().collect();
    assert_eq!(listed, given, "a new code belongs at the end of its group in this list");
    let is_number_of = |id: &str| TAKEN_BACK.iter().any(|old| old[1..] == id[1..]);
    assert!(!catalog::all().iter().any(|code| is_number_of(code.id())));
}

#[test]
fn no_number_is_used_twice_and_tables_are_sorted() {
    let mut numbers = BTreeSet::new();
    for table in catalog::tables() {
        assert!(table.codes.is_sorted(), "{}", table.module);
        for code in table.codes {
            let (letter, number) = code.id().split_at(1);
            assert!("MNKIHSDLFGACR".contains(letter), "{code:?}");
            assert!(number.len() == 4 && number.bytes().all(|b| b.is_ascii_digit()), "{code:?}");
            assert!(numbers.insert(number), "{code:?} has a number that another code has");
        }
    }
    assert_eq!(numbers.len(), catalog::all().len());
}

#[test]
fn texts_are_sentences() {
    for code in catalog::all() {
        let (title, explanation, advice) = (code.title(), code.explanation(), code.advice());
        assert!(!title.is_empty() && !title.ends_with('.'), "{code:?}: {title}");
        assert!(title.chars().count() <= 90, "{code:?}: a title is one line: {title}");
        assert!(explanation.ends_with(['.', '?']), "{code:?}: {explanation}");
        assert!(!advice.ends_with('.'), "{code:?}: advice follows a semicolon or an arrow: {advice}");
        for text in [title, explanation, advice] {
            assert_eq!(text, text.split_whitespace().collect::<Vec<_>>().join(" "), "{code:?}");
        }
    }
}

#[test]
fn codes_are_found_in_any_case_and_near_ones_are_offered() {
    for &code in catalog::all() {
        assert_eq!(catalog::find(&code.id().to_lowercase()), Some(code));
    }
    assert_eq!(catalog::find("M9999"), None);
    assert_eq!(catalog::nearest_ids("M0170").first(), Some(&"M0107"));
    assert_eq!(catalog::nearest_ids("nothing like it"), [""; 0]);
}

/// Words for people that hide who does what, where programs and rules are meant.
const BANNED: [&str; 11] =
    ["nobody", "somebody", "anybody", "told", "asked", "says", "said", "wants", "stands", "holds", "knows"];

#[test]
fn texts_use_plain_words() {
    let codes = catalog::all();
    let of_codes = codes.iter().flat_map(|code| [code.title(), code.explanation(), code.advice()]);
    let of_rules = explain::rules().flat_map(|(_, rows)| rows).flat_map(|row| [row.sentence, row.source]);
    let of_errors = explain::errors().flat_map(|(_, error)| [error.meaning, error.advice]);
    let meanings = explain::numbers().flat_map(|number| number.meanings);
    let of_numbers = meanings.map(|meaning| meaning.effect);
    let of_switches = explain::switches().flat_map(|of| [of.effect, of.set_by, of.source]);
    for text in of_codes.chain(of_rules).chain(of_errors).chain(of_numbers).chain(of_switches) {
        let mut words = text.split(|c: char| !c.is_alphanumeric());
        let banned = words.find(|word| BANNED.contains(&&*word.to_lowercase()));
        assert_eq!(banned, None, "{text}");
    }
}

#[test]
fn losses_name_the_differences_that_they_cause() {
    let all = hnsplan::catalog::all();
    let mut seen = 0;
    for code in all.iter().filter(|code| !code.causes().is_empty()) {
        assert!(code.is_loss(), "{code:?}");
        for cause in code.causes() {
            assert!(hnsplan::check::codes::ALL.iter().any(|known| known.id() == *cause), "{code:?}: {cause}");
            seen += 1;
        }
    }
    assert!(seen > 10, "{seen}");
}
