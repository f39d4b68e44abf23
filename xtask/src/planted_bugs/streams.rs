//! Bugs in streams: what binds a segment, and what is handed out.

use super::PlantedBug;

pub(crate) const PLANTED_BUGS: &[PlantedBug] = &[
    PlantedBug {
        name: "a segment does not know its place",
        file: "core/src/format/stream.rs",
        find: "&index.to_be_bytes(), &[u8::from(is_last)]",
        replace: "&[0; 8], &[u8::from(is_last || index == u64::MAX)]",
        check: "test -p strongroom-tests streams::attacks",
    },
    PlantedBug {
        name: "a segment does not know that it is the last",
        file: "core/src/format/stream.rs",
        find: "&[u8::from(is_last)]]",
        replace: "&[u8::from(is_last) & 0]]",
        check: "test -p strongroom-tests streams::attacks",
    },
    PlantedBug {
        name: "a segment is not bound to the length of segments",
        file: "core/src/format/stream.rs",
        find: "[labels::SEGMENT, &self.shape(), ",
        replace: "[labels::SEGMENT, &[FORMAT, sr1::SUITE, 0, 0], ",
        check: "test -p strongroom-tests vectors::streams",
    },
    PlantedBug {
        name: "a stream's key does not depend on its id",
        file: "core/src/stream/opener.rs",
        find: "SealingKey::open(key, Purpose::Segment, &header.stream_id, VERSION).0",
        replace: "SealingKey::open(key, Purpose::Segment, &header.stream_id.map(|_| 0), VERSION).0",
        check: "test -p strongroom-tests streams::attacks::no_segment_opens_in_another_stream",
    },
    PlantedBug {
        name: "what opens in the wrong place is left in the buffer",
        file: "core/src/stream/opener.rs",
        find: "        segment.zeroize();\n",
        replace: "",
        check: "test -p strongroom-tests streams::attacks::what_does_not_open_is_not_left_in_the_buffer",
    },
    PlantedBug {
        name: "a stream ends with an empty segment behind a full one",
        file: "core/src/stream/opener.rs",
        find: " || (len == 0 && index > 0)",
        replace: "",
        check: "test -p strongroom-tests vectors::streams",
    },
    PlantedBug {
        name: "a sealer goes on behind the last segment",
        file: "core/src/stream/sealer.rs",
        find: "        self.next = None;\n        self.key.wipe();",
        replace: "",
        check: "test -p strongroom-tests streams::requests::a_sealer_takes_segments",
    },
    PlantedBug {
        name: "a sealer seals empty segments behind others",
        file: "core/src/stream/sealer.rs",
        find: " || (plaintext_len == 0 && index > 0)",
        replace: "",
        check: "test -p strongroom-tests streams::requests::a_sealer_takes_segments",
    },
    PlantedBug {
        name: "a writer that failed goes on",
        file: "std-shim/src/stream/writer.rs",
        find: "if self.has_failed {",
        replace: "if self.has_failed && self.segment_len == 0 {",
        check: "test -p strongroom-tests streams::readers::a_writer_whose_output_failed",
    },
    PlantedBug {
        name: "a reader takes an error for the end",
        file: "std-shim/src/stream/reader.rs",
        find: "            return Err(StreamError::Segment { index, error });",
        replace: "            let _ = error;\n            return Ok(());",
        check: "test -p strongroom-tests streams::readers::what_is_handed_out_before_an_error",
    },
    PlantedBug {
        name: "a reader that seeks does not look at the end",
        file: "std-shim/src/stream/reader.rs",
        find: "        self.open_at(last)?;\n",
        replace: "        let _ = self.open_at(last);\n",
        check: "test -p strongroom-tests streams::readers::a_reader_that_seeks_notices",
    },
    PlantedBug {
        name: "any bytes are a sealed data key",
        file: "core/src/format/stream.rs",
        find: "        Ciphertext::parse(sealed_data_key)?;\n",
        replace: "",
        check: "test -p strongroom-tests streams::elsewhere::what_is_no",
    },
    PlantedBug {
        name: "a stream under a data key from elsewhere has no id of its own",
        file: "core/src/stream/sealer.rs",
        find: "entropy.fill(&mut stream_id).map_err(|_| Error::Entropy)?;",
        replace: "let _ = (entropy, &mut stream_id);",
        check: "test -p strongroom-tests streams::elsewhere::a_stream_under",
    },
    PlantedBug {
        name: "an endpoint's data key is not the one that opens a file",
        file: "core/src/stream/opener.rs",
        find: "self.key.fill_with(|place| place.copy_from_slice(data_key));",
        replace: "self.key.fill_with(|place| place.copy_from_slice(&data_key.map(|_| 0)));",
        check: "test -p strongroom-tests streams::elsewhere::a_stream_of_a_vault",
    },
];
