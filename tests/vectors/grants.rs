//! Grants in `record.txt`: section 4.6.

use strongroom_core::error::Part;
use strongroom_core::grant::ConstraintKind;
use strongroom_core::operation::{ListGrants, ListRetirableGrants};
use strongroom_core::{Error, Vault};

use super::file::Block;
use super::forge::{self, Forge};
use super::model::{cat, drawn, hmac, set, string};
use super::records::{KEY_ID, record_block};
use super::sealing::uuid;
use super::tree::{self, GrantFields, record};

const ROLE: &str = "arn:aws:iam::000000000000:role/teams/blue/App";
const KEEPER: &str = "arn:aws:iam::000000000000:user/keeper";

/// The id of the grant in the vectors, made as section 4.1 says: a role counts without its path.
fn grant_id(forge: &Forge) -> [u8; 32] {
    let grantee = "arn:aws:iam::000000000000:role/App";
    let hash = hmac(&forge.name_key, &[b"SRng", &forge.owner(&KEY_ID), grantee.as_bytes()]);
    cat(&[&hash[..7], &drawn::<25>("grant id")]).try_into().unwrap()
}

fn grant_address(owner: &[u8], grant_id: &[u8; 32]) -> [u8; 24] {
    cat(&[owner, &grant_id[..15], &[48]]).try_into().unwrap()
}

fn whole_grant(forge: &Forge) -> Vec<u8> {
    let pairs =
        cat(&[&[0, 2], &string(b"app"), &string(b"pay"), &string(b"tenant"), &string("blåu".as_bytes())]);
    let fields = GrantFields {
        operations: &[7, 20, 41, 13],
        constraint: 1,
        grantee: ROLE,
        retiring: KEEPER,
        name: "for/App:1",
        pairs: &pairs,
    };
    tree::grant_content(&KEY_ID, &grant_id(forge), &fields)
}

pub fn grant_blocks(forge: &Forge) -> Vec<Block> {
    let id = grant_id(forge);
    let at = grant_address(&forge.owner(&KEY_ID), &id);
    let retiring = hmac(&forge.name_key, &[b"SRno", &[4], KEEPER.as_bytes()]);
    let retirable = tree::retirable_content(&KEY_ID, &id);
    let content = whole_grant(forge);
    let plain =
        GrantFields { operations: &[7], constraint: 0, grantee: ROLE, retiring: "", name: "", pairs: &[] };
    let of = |fields: &GrantFields<'_>| tree::grant_content(&KEY_ID, &id, fields);
    let mut blocks = vec![
        record_block("a grant", forge, at, &record(&content)),
        record_block("a grant with no more than it needs", forge, at, &record(&of(&plain))),
        record_block(
            "how a retiring principal finds the grant",
            forge,
            grant_address(&retiring[..8], &id),
            &record(&retirable),
        ),
    ];
    let is = |name: &str, content: &[u8]| Block::new(name, "malformed").with("plaintext", record(content));
    let with = |name: &str, fields: &GrantFields<'_>| is(name, &of(fields));
    let long = "n".repeat(257);
    let nine = cat(&[
        &[0, 9],
        &(b'a'..b'j').map(|name| cat(&[&string(&[name]), &string(b"")])).collect::<Vec<_>>().concat(),
    ]);
    let wide = cat(&[&[0, 1], &string(b"k"), &string(&[b'v'; 4096 - 6])]);
    let twice = cat(&[&[0, 2], &string(b"a"), &string(b"1"), &string(b"a"), &string(b"2")]);
    blocks.extend([
        with("a grant of nothing", &GrantFields { operations: &[], ..plain }),
        with("a grant of PutKeyPolicy", &GrantFields { operations: &[7, 40], ..plain }),
        with("a grant of what has no number yet", &GrantFields { operations: &[7, 127], ..plain }),
        with("a grant with constraint 3", &GrantFields { constraint: 3, pairs: &[0, 0], ..plain }),
        with("a grant with a constraint without pairs", &GrantFields { constraint: 2, ..plain }),
        with("a grant with pairs without a constraint", &GrantFields { pairs: &[0, 0], ..plain }),
        with("a grant with nine pairs", &GrantFields { constraint: 1, pairs: &nine, ..plain }),
        with("a grant with 4097 bytes of pairs", &GrantFields { constraint: 1, pairs: &wide, ..plain }),
        with("a grant with a name of a pair twice", &GrantFields { constraint: 2, pairs: &twice, ..plain }),
        with("a grant to nobody", &GrantFields { grantee: "", ..plain }),
        with("a grant to 257 bytes", &GrantFields { grantee: &long, ..plain }),
        with("a grant retired by 257 bytes", &GrantFields { retiring: &long, ..plain }),
        with("a grant with a name of 257 bytes", &GrantFields { name: &long, ..plain }),
        is("a grant with a byte behind", &cat(&[&of(&plain), &[0]])),
        is("a grant of format 2", &set(&content, 1, 2)),
        is("a grant with something reserved", &set(&content, 75, 1)),
        is("a grant of an account with a letter", &set(&content, 76, b'x')),
        is("a retirable grant of format 0", &set(&retirable, 1, 0)),
        is("a retirable grant with a byte behind", &cat(&[&retirable, &[0]])),
        is("a retirable grant that is cut", &retirable[..49]),
    ]);
    blocks
}

pub fn grant_answer(block: &Block) {
    let mut forge = Forge::new();
    forge.add_key(&KEY_ID, 1, &[(1, 1, drawn("K"))]);
    let id = grant_id(&forge);
    let (address, plaintext) = (block.array("address"), block.bytes("plaintext"));
    forge.records.insert(grant_address(&forge.owner(&KEY_ID), &id), record(&whole_grant(&forge)));
    forge.records.insert(address, plaintext);
    assert_eq!(forge.blobs()[&address], block.bytes("blob"));
    let platform = forge.platform();
    let vault = Vault::new(&platform);
    forge::mount(&vault, &forge.unlock).unwrap();
    let (key_id, mut page) = (uuid(&KEY_ID), [0; 1024]);
    let request =
        ListGrants { key_id: &key_id, grant_id: None, grantee_principal: Some(ROLE), limit: 1, marker: None };
    let listed = vault.list_grants(&forge::root(), request, &mut page).unwrap();
    let grant = listed.iter().next().unwrap();
    assert_eq!((grant.key_id.as_bytes(), grant.grant_id.as_bytes()), (&KEY_ID, &id));
    assert_eq!((grant.created_ms, grant.issuing_account.as_str()), (Some(tree::CREATED), "000000000000"));
    assert_eq!(grant.grantee_principal, ROLE);
    let operations: Vec<&str> = grant.operations.iter().map(|operation| operation.name()).collect();
    let mut page = [0; 1024];
    let request = ListRetirableGrants { retiring_principal: KEEPER, limit: 1, marker: None };
    let retirable = vault.list_retirable_grants(&forge::root(), request, &mut page).unwrap();
    let retirable = retirable.iter().map(|grant| *grant.grant_id.as_bytes()).collect::<Vec<_>>();
    match block.text("name") {
        "a grant with no more than it needs" => {
            assert_eq!((grant.retiring_principal, grant.name, grant.constraints), (None, "", None));
            assert_eq!(operations, ["Decrypt"]);
        }
        name => {
            assert_eq!((grant.retiring_principal, grant.name), (Some(KEEPER), "for/App:1"));
            let constraint = grant.constraints.unwrap();
            assert_eq!(constraint.kind(), ConstraintKind::EncryptionContextSubset);
            assert_eq!(constraint.pairs().collect::<Vec<_>>(), [("app", "pay"), ("tenant", "blåu")]);
            assert_eq!(operations, ["Decrypt", "DescribeKey", "Encrypt", "ReEncryptFrom"]);
            let is_found = name == "how a retiring principal finds the grant";
            assert_eq!(retirable, if is_found { vec![id] } else { vec![] });
        }
    }
}

#[test]
fn a_grant_that_lies_in_the_place_of_another_is_damage() {
    let mut forge = Forge::new();
    forge.add_key(&KEY_ID, 1, &[(1, 1, drawn("K"))]);
    let (owner, id) = (forge.owner(&KEY_ID), grant_id(&forge));
    let hash: [u8; 7] = id[..7].try_into().unwrap();
    let elsewhere = cat(&[&hash, &drawn::<25>("another grant")]).try_into().unwrap();
    let content = record(&whole_grant(&forge));
    for (place, is_damaged) in
        [(grant_address(&owner, &id), false), (grant_address(&owner, &elsewhere), true)]
    {
        let mut forge = forge.clone();
        forge.records.insert(place, content.clone());
        let platform = forge.platform();
        let vault = Vault::new(&platform);
        forge::mount(&vault, &forge.unlock).unwrap();
        let key_id = uuid(&KEY_ID);
        for grantee_principal in [None, Some(ROLE)] {
            let request =
                ListGrants { key_id: &key_id, grant_id: None, grantee_principal, limit: 1, marker: None };
            let listed = vault.list_grants(&forge::root(), request, &mut [0; 1024]).map(drop);
            let expected = if is_damaged { Err(Error::Damaged(Part::Record)) } else { Ok(()) };
            assert_eq!(listed, expected);
        }
    }
}
