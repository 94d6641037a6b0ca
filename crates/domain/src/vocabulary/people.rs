//! Coded values about people and organisations: staff, patients, relatives, interpreters, hospitals.

use super::coded;

coded! {
    /// What a person may do in the product; one user may hold several roles (domain.md §6.1, §6.6; FHIR PractitionerRole.code).
    pub enum Role: "role" {
        Administrator = "administrator" => "Administrator", "مدير النظام", "Sistem yöneticisi";
        Coordinator = "coordinator" => "Case coordinator", "منسق الحالات", "Vaka koordinatörü";
        Lead = "lead" => "Lead coordinator", "كبير المنسقين", "Baş koordinatör";
        Doctor = "doctor" => "Doctor", "طبيب", "Hekim";
        Interpreter = "interpreter" => "Medical interpreter", "مترجم طبي", "Tıbbi tercüman";
        Finance = "finance" => "Finance officer", "مسؤول الشؤون المالية", "Finans görevlisi";
        Auditor = "auditor" => "Auditor (read only)", "مدقق (اطلاع فقط)", "Denetçi (salt okunur)";
        HospitalUser = "hospital_user" => "Hospital user", "مستخدم من المستشفى", "Hastane kullanıcısı";
        HospitalClient = "hospital_client" => "Hospital client (machine)", "نظام المستشفى (آلي)", "Hastane istemcisi (makine)";
    }

    /// Whether a user may sign in (domain.md §7.1; FHIR Practitioner.active).
    pub enum UserState: "user_state" {
        Active = "active" => "Active", "مفعّل", "Etkin";
        Disabled = "disabled" => "Disabled", "معطّل", "Devre dışı";
    }

    /// Administrative sex as the passport or the patient states it (domain.md §7.1; FHIR administrative-gender).
    pub enum Sex: "sex" {
        Male = "male" => "Male", "ذكر", "Erkek";
        Female = "female" => "Female", "أنثى", "Kadın";
        Unknown = "unknown" => "Unknown", "غير معروف", "Bilinmiyor";
        Other = "other" => "Other", "آخر", "Diğer";
    }

    /// Through which system a contact address works (domain.md §7.1; FHIR ContactPoint.system).
    pub enum ContactSystem: "contact_system" {
        Phone = "phone" => "Telephone", "هاتف", "Telefon";
        Whatsapp = "whatsapp" => "WhatsApp", "واتساب", "WhatsApp";
        Telegram = "telegram" => "Telegram", "تيليغرام", "Telegram";
        Email = "email" => "E-mail", "البريد الإلكتروني", "E-posta";
    }

    /// Whose contact address it is; a family often shares one number (domain.md §7.1).
    pub enum ContactOwner: "contact_owner" {
        Patient = "patient" => "The patient", "المريض", "Hasta";
        Relative = "relative" => "A relative", "أحد الأقارب", "Hasta yakını";
    }

    /// A language that people in a case speak, by its ISO 639-1 code (domain.md §7.1; FHIR Patient.communication).
    pub enum SpokenLanguage: "spoken_language" {
        Arabic = "ar" => "Arabic", "العربية", "Arapça";
        English = "en" => "English", "الإنجليزية", "İngilizce";
        Turkish = "tr" => "Turkish", "التركية", "Türkçe";
        Kurdish = "ku" => "Kurdish", "الكردية", "Kürtçe";
        Persian = "fa" => "Persian", "الفارسية", "Farsça";
        French = "fr" => "French", "الفرنسية", "Fransızca";
        German = "de" => "German", "الألمانية", "Almanca";
        Russian = "ru" => "Russian", "الروسية", "Rusça";
        Azerbaijani = "az" => "Azerbaijani", "الأذربيجانية", "Azerbaycanca";
        Urdu = "ur" => "Urdu", "الأردية", "Urduca";
        Somali = "so" => "Somali", "الصومالية", "Somalice";
        Amharic = "am" => "Amharic", "الأمهرية", "Amharca";
    }

    /// The group of spoken Arabic, for matching patient and interpreter (domain.md §3).
    pub enum Dialect: "dialect" {
        Gulf = "gulf" => "Gulf Arabic", "اللهجة الخليجية", "Körfez Arapçası";
        Iraqi = "iraqi" => "Iraqi Arabic", "اللهجة العراقية", "Irak Arapçası";
        Levantine = "levantine" => "Levantine Arabic", "اللهجة الشامية", "Levant (Şam) Arapçası";
        Egyptian = "egyptian" => "Egyptian Arabic", "اللهجة المصرية", "Mısır Arapçası";
        Sudanese = "sudanese" => "Sudanese Arabic", "اللهجة السودانية", "Sudan Arapçası";
        Yemeni = "yemeni" => "Yemeni Arabic", "اللهجة اليمنية", "Yemen Arapçası";
        MaghrebiDarija = "maghrebi_darija" => "Maghrebi Arabic (Darija)", "الدارجة المغاربية", "Mağrip Arapçası (Darija)";
        Libyan = "libyan" => "Libyan Arabic", "اللهجة الليبية", "Libya Arapçası";
        Hassaniya = "hassaniya" => "Hassaniya Arabic", "اللهجة الحسانية", "Hassaniye Arapçası";
        Msa = "msa" => "Modern Standard Arabic", "العربية الفصحى", "Modern Standart Arapça (Fasih Arapça)";
    }

    /// How well an interpreter is qualified for medical work (domain.md §3; ISO 21998).
    pub enum InterpreterQualification: "interpreter_qualification" {
        Certified = "certified" => "Certified medical interpreter", "مترجم طبي معتمد", "Sertifikalı tıbbi tercüman";
        Trained = "trained" => "Trained in medical interpreting", "حاصل على تدريب في الترجمة الطبية", "Tıbbi tercümanlık eğitimi almış";
        BilingualStaff = "bilingual_staff" => "Bilingual staff member", "موظف ثنائي اللغة", "İki dilli personel";
    }

    /// How an interpreter attends an encounter (domain.md §3).
    pub enum InterpretingModality: "interpreting_modality" {
        InPerson = "in_person" => "In person", "حضوريًا", "Yüz yüze";
        Video = "video" => "By video", "عبر الفيديو", "Görüntülü görüşmeyle";
        Phone = "phone" => "By telephone", "عبر الهاتف", "Telefonla";
    }

    /// Whether an interpreter may be offered work (domain.md §3).
    pub enum InterpreterState: "interpreter_state" {
        Active = "active" => "Active", "متاح للعمل", "Etkin";
        Inactive = "inactive" => "Inactive", "غير متاح للعمل", "Etkin değil";
    }

    /// Whether a partner hospital may receive referrals (domain.md §7.2; FHIR Organization.active).
    pub enum HospitalState: "hospital_state" {
        Active = "active" => "Active", "نشط", "Etkin";
        Suspended = "suspended" => "Suspended", "موقوف مؤقتًا", "Askıya alınmış";
    }

    /// What a related person is to the patient (domain.md §7.1; FHIR RelatedPerson.relationship).
    pub enum Relationship: "relationship" {
        Spouse = "spouse" => "Spouse", "الزوج أو الزوجة", "Eş";
        Parent = "parent" => "Parent", "أحد الوالدين", "Anne veya baba";
        Child = "child" => "Child", "ابن أو ابنة", "Çocuk";
        Sibling = "sibling" => "Brother or sister", "أخ أو أخت", "Kardeş";
        Friend = "friend" => "Friend", "صديق", "Arkadaş";
        Guardian = "guardian" => "Legal guardian", "الوصي القانوني", "Yasal vasi";
        Other = "other" => "Other", "صلة أخرى", "Diğer";
    }

    /// For whom a member of staff acted when recording something (domain.md §6.1; FHIR Provenance.agent.onBehalfOf).
    pub enum OnBehalfOf: "on_behalf_of" {
        Patient = "patient" => "On behalf of the patient", "نيابةً عن المريض", "Hasta adına";
        Guardian = "guardian" => "On behalf of the guardian", "نيابةً عن الوصي", "Vasi adına";
        Hospital = "hospital" => "On behalf of the hospital", "نيابةً عن المستشفى", "Hastane adına";
    }
}
