//! Contacts.

use super::value::{external_keys, text, wire_external_keys, wire_instant};
use super::word::{list, number, numbers, optional};
use crate::store::Stored;
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_api::google::r#type as google;
use aftercare_customer_domain::contact::{Contact, ContactId};
use aftercare_customer_domain::customer::CustomerId;
use aftercare_customer_domain::keys::{Email, Phone};
use aftercare_kernel::fault::Violations;
use aftercare_kernel::ids::name_segments;

pub(crate) const PATTERN: &str = "customers/{customer}/contacts/{contact}";

/// Customer and contact in a contact's name.
pub(crate) fn contact_name(
    name: &str,
    field: &str,
    wrong: &mut Violations,
) -> Option<(CustomerId, ContactId)> {
    if name.is_empty() {
        return wrong.required(field, None);
    }
    let [customer, contact] = wrong.take(field, name_segments::<2>(PATTERN, name))?;
    let customer = wrong.take(field, CustomerId::parse(customer));
    customer.zip(wrong.take(field, ContactId::parse(contact)))
}

pub(crate) fn contact(wire: &pb::Contact, wrong: &mut Violations) -> Option<Contact> {
    let birthday = wire.birthday.as_ref().map(|date| {
        let part = |part: i32| i8::try_from(part).unwrap_or(-1);
        (i16::try_from(date.year).unwrap_or(0), part(date.month), part(date.day))
    });
    let contact = Contact {
        display_name: wire.display_name.trim().to_owned(),
        title: wire.title.clone(),
        role: optional(wire.role, "role", wrong),
        email: text(&wire.email, "email", wrong, Email::parse),
        phone: text(&wire.phone, "phone", wrong, Phone::parse),
        wechat: wire.wechat.clone(),
        language_code: wire.language_code.clone(),
        time_zone: wire.time_zone.clone(),
        birthday,
        do_not_disturb: wire.do_not_disturb,
        preferred_channel: optional(wire.preferred_channel, "preferred_channel", wrong),
        banned_channels: list(&wire.banned_channels, "banned_channels", wrong),
        primary: wire.primary,
        external_keys: external_keys(&wire.external_keys),
    };
    contact.check(wrong);
    wrong.is_empty().then_some(contact)
}

/// A contact as callers see it; without the right to personal data, masked.
pub(crate) fn present(stored: &Stored<Contact>, customer: &str, in_clear: bool) -> pb::Contact {
    let contact = if in_clear { stored.value.clone() } else { stored.value.masked() };
    pb::Contact {
        name: format!("customers/{customer}/contacts/{}", stored.id),
        display_name: contact.display_name,
        title: contact.title,
        role: number(contact.role),
        email: contact.email.map(String::from).unwrap_or_default(),
        phone: contact.phone.map(String::from).unwrap_or_default(),
        wechat: contact.wechat,
        language_code: contact.language_code,
        time_zone: contact.time_zone,
        birthday: contact.birthday.map(|(year, month, day)| google::Date {
            year: i32::from(year),
            month: i32::from(month),
            day: i32::from(day),
        }),
        do_not_disturb: contact.do_not_disturb,
        preferred_channel: number(contact.preferred_channel),
        banned_channels: numbers(&contact.banned_channels),
        primary: contact.primary,
        masked: !in_clear,
        external_keys: wire_external_keys(&contact.external_keys),
        create_time: Some(wire_instant(stored.created)),
        update_time: Some(wire_instant(stored.updated)),
        etag: stored.etag(),
    }
}
