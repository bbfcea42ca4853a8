//! Contacts: people at a customer. Personal data.

use crate::customer::{ExternalKey, external_keys, name, zone};
use crate::keys::{Email, Phone};
use aftercare_kernel::fault::Violations;
use aftercare_kernel::resource_id;
use aftercare_kernel::words;
use serde::{Deserialize, Serialize};

resource_id! {
    /// The id of a contact.
    ContactId
}

words! {
    /// The part that a contact plays in decisions.
    ContactRole {
        /// Decides.
        Decider = "DECIDER",
        /// Is listened to.
        Influencer = "INFLUENCER",
        /// Places orders.
        Buyer = "BUYER",
        /// Works with the machine.
        User = "USER",
        /// Maintains it.
        Technician = "TECHNICIAN",
    }
}

words! {
    /// A way to reach a person.
    ContactChannel {
        /// A call.
        Phone = "PHONE",
        /// An e-mail.
        Email = "EMAIL",
        /// A text message.
        Sms = "SMS",
        /// A WeChat message.
        Wechat = "WECHAT",
        /// A visit.
        Visit = "VISIT",
        /// A letter.
        Letter = "LETTER",
    }
}

/// A person at a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The person's name.
    pub display_name: String,
    /// Function.
    pub title: String,
    /// Part in decisions.
    pub role: Option<ContactRole>,
    /// E-mail address.
    pub email: Option<Email>,
    /// Telephone number.
    pub phone: Option<Phone>,
    /// WeChat id.
    pub wechat: String,
    /// BCP 47 language.
    pub language_code: String,
    /// IANA zone.
    pub time_zone: String,
    /// Month and day, and the year if it is known.
    pub birthday: Option<(i16, i8, i8)>,
    /// No contact but the ones asked for.
    pub do_not_disturb: bool,
    /// The channel preferred.
    pub preferred_channel: Option<ContactChannel>,
    /// Channels that must not be used.
    pub banned_channels: Vec<ContactChannel>,
    /// The first to call.
    pub primary: bool,
    /// Keys in other systems.
    pub external_keys: Vec<ExternalKey>,
}

impl Contact {
    /// Notes what is wrong with the parts that types cannot tell.
    pub fn check(&self, wrong: &mut Violations) {
        name(&self.display_name, "display_name", wrong);
        zone(&self.time_zone, wrong);
        external_keys(&self.external_keys, wrong);
        if let Some((_, month, day)) = self.birthday {
            // A leap year, so that 29 February is a birthday whatever the year.
            if jiff::civil::Date::new(2000, month, day).is_err() {
                wrong.add("birthday", "must be a month and a day");
            }
        }
        if self.preferred_channel.is_some_and(|channel| self.banned_channels.contains(&channel)) {
            wrong.add("preferred_channel", "is banned");
        }
    }

    /// A person whose data was erased.
    #[must_use]
    pub fn erased() -> Self {
        Self {
            display_name: "erased".to_owned(),
            title: String::new(),
            role: None,
            email: None,
            phone: None,
            wechat: String::new(),
            language_code: String::new(),
            time_zone: String::new(),
            birthday: None,
            do_not_disturb: true,
            preferred_channel: None,
            banned_channels: Vec::new(),
            primary: false,
            external_keys: Vec::new(),
        }
    }

    /// The contact as it is shown without the right to personal data: the surname's first character, a digit or two.
    #[must_use]
    pub fn masked(&self) -> Self {
        let mut masked = self.clone();
        masked.display_name = self.display_name.chars().take(1).chain("**".chars()).collect();
        masked.email = None;
        masked.phone = None;
        masked.wechat = String::new();
        masked.birthday = None;
        masked
    }
}
