//! Whom a grant names: the same principals as key policies, without services (`policy-evaluation`, section 8).

use core::fmt::Write;

use heapless::String;

use crate::error::{Error, Parameter};
use crate::limits::{GRANT_PRINCIPAL_LEN_MAX, PRINCIPAL_LEN_MAX};
use crate::policy::Principal;
use crate::realm::Realm;

/// The text of a principal.
type Name = String<PRINCIPAL_LEN_MAX>;

/// Checks that a grant can name this principal.
pub(crate) fn check_principal(text: &str, parameter: Parameter) -> Result<(), Error> {
    let is_principal = Principal::parse(text).is_ok_and(|principal| !principal.is_service());
    if is_principal && text.len() <= GRANT_PRINCIPAL_LEN_MAX {
        Ok(())
    } else {
        Err(Error::Validation(parameter))
    }
}

/// The account and the rest of an IAM or STS ARN.
fn account_and_resource(arn: &str) -> Option<(&str, &str)> {
    let mut fields = arn.splitn(6, ':').skip(4);
    Some((fields.next()?, fields.next()?))
}

/// The account of an IAM or STS ARN; nothing for other texts.
pub(crate) fn account_of(arn: &str) -> &str {
    account_and_resource(arn).map_or("", |(account, _)| account)
}

/// What a grantee's place in the tree is made from: its ARN, for a role without the path, since a session of the role has
/// none.
pub(crate) fn hashed_name(arn: &str) -> Result<Name, Error> {
    let path = account_and_resource(arn).and_then(|(_, resource)| resource.strip_prefix("role/"));
    let mut name = Name::new();
    match path.and_then(|path| path.rsplit_once('/')) {
        Some((_, role)) => {
            let head_len = arn.len().saturating_sub(path.map_or(0, str::len));
            write!(name, "{}{role}", arn.get(..head_len).ok_or(Error::Bug)?).map_err(|_| Error::Bug)?;
        }
        None => name.push_str(arn).map_err(|_| Error::Bug)?,
    }
    Ok(name)
}

/// The grantees that cover a caller, as [`hashed_name`] has them: itself, its role, its account. None for a service.
pub(crate) fn covering(caller: &Principal<'_>, realm: &Realm) -> Result<heapless::Vec<Name, 3>, Error> {
    let mut names = heapless::Vec::new();
    if caller.is_service() || !caller.is_in_partition(realm) {
        return Ok(names);
    }
    let (account, resource) = account_and_resource(caller.as_str()).ok_or(Error::Bug)?;
    let mut push = |name: Name| names.push(name).map_err(|_| Error::Bug);
    push(hashed_name(caller.as_str())?)?;
    let partition = realm.partition();
    if let Some((role, _)) = resource.strip_prefix("assumed-role/").and_then(|rest| rest.split_once('/')) {
        let mut name = Name::new();
        write!(name, "arn:{partition}:iam::{account}:role/{role}").map_err(|_| Error::Bug)?;
        push(name)?;
    }
    if !caller.is_root() {
        let mut name = Name::new();
        write!(name, "arn:{partition}:iam::{account}:root").map_err(|_| Error::Bug)?;
        push(name)?;
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_covered_by_itself_its_role_and_its_account() {
        let realm = Realm::default();
        let names = |text| covering(&Principal::parse(text).unwrap(), &realm).unwrap();
        let root = "arn:aws:iam::111122223333:root";
        let session = "arn:aws:sts::111122223333:assumed-role/App/one";
        assert_eq!(names(session), [session, "arn:aws:iam::111122223333:role/App", root]);
        let role = "arn:aws:iam::111122223333:role/a/b/App";
        assert_eq!(names(role), ["arn:aws:iam::111122223333:role/App", root]);
        let user = "arn:aws:iam::111122223333:user/a/App";
        assert_eq!(names(user), [user, root]);
        assert_eq!(names(root), [root]);
        assert!(names("s3.amazonaws.com").is_empty());
        assert!(names("arn:aws-cn:iam::111122223333:user/App").is_empty());
    }
}
