//! Who takes part in the demonstration. Invented people with the names, places and numbers of the field.

use rafiq_domain::cases::Stage;

/// The password of every demo log-in. It is printed, and good on a demo database only.
pub(super) const PASSWORD: &str = "rafiq-demo-only-2026";

/// Someone of our staff: login, name, roles.
pub(super) type StaffMember = (&'static str, &'static str, &'static [&'static str]);

/// Our staff.
pub(super) const STAFF: &[StaffMember] = &[
    ("layla", "Layla Haddad", &["coordinator"]),
    ("omar", "Omar Yılmaz", &["lead"]),
    ("dr.sami", "د. سامي الحلبي", &["doctor"]),
    ("selin", "Selin Kaya", &["finance"]),
    ("deniz", "Deniz Aydın", &["auditor"]),
];

/// A partner hospital: login and name of its user, names of the hospital, city.
#[derive(Debug)]
pub(super) struct HospitalSeed {
    pub(super) login: &'static str,
    pub(super) user: &'static str,
    pub(super) name_en: &'static str,
    pub(super) name_tr: &'static str,
    pub(super) name_ar: &'static str,
    pub(super) city: &'static str,
}

/// The partner hospitals.
pub(super) const HOSPITALS: &[HospitalSeed] = &[
    HospitalSeed {
        login: "bosphorus",
        user: "Elif Demir",
        name_en: "Bosphorus Neuroscience Hospital",
        name_tr: "Boğaz Nöroloji Hastanesi",
        name_ar: "مستشفى البوسفور لعلوم الأعصاب",
        city: "İstanbul",
    },
    HospitalSeed {
        login: "anatolia",
        user: "Mert Şahin",
        name_en: "Anatolia Brain and Spine Centre",
        name_tr: "Anadolu Beyin ve Omurga Merkezi",
        name_ar: "مركز الأناضول للدماغ والعمود الفقري",
        city: "Ankara",
    },
];

/// An interpreter: login, name, sex, dialects.
pub(super) type InterpreterSeed = (&'static str, &'static str, &'static str, &'static [&'static str]);

/// The interpreters.
pub(super) const INTERPRETERS: &[InterpreterSeed] = &[
    ("rania", "رانيا الشامي", "female", &["levantine", "gulf"]),
    ("yusuf", "Yusuf Arslan", "male", &["iraqi", "msa"]),
    ("huda", "هدى المصري", "female", &["egyptian", "sudanese"]),
];

/// A patient, and how far the seeded case has come.
#[derive(Debug)]
pub(super) struct PatientSeed {
    pub(super) arabic_name: &'static str,
    pub(super) surname: &'static str,
    pub(super) given: &'static str,
    pub(super) sex: &'static str,
    pub(super) birth_date: &'static str,
    pub(super) country: &'static str,
    pub(super) dialect: &'static str,
    pub(super) phone: &'static str,
    pub(super) side: &'static str,
    pub(super) onset: &'static str,
    pub(super) stage: Stage,
}

/// The patient whose whole journey is played.
pub(super) const HEROINE: PatientSeed =
    seed("فاطمة محمد الخطيب", "ALKHATEEB", "FATIMA MOHAMMED", "female", "1968-03-14", "IQ", "iraqi", "+9647701234567", "left", "2021-03", Stage::FollowUp);

/// The patients whose cases are found under way: 30, more women than men, most in the sixth decade.
pub(super) const PATIENTS: &[PatientSeed] = &[
    seed("خالد عبد الرحمن العتيبي", "ALOTAIBI", "KHALID ABDULRAHMAN", "male", "1971-07-01", "SA", "gulf", "+966512345678", "left", "2023", Stage::Inquiry),
    seed("مريم حسن الزهراني", "ALZAHRANI", "MARYAM HASSAN", "female", "1965-11", "SA", "gulf", "+966551234567", "left", "2020-05", Stage::Inquiry),
    seed("يوسف إبراهيم المنصوري", "ALMANSOORI", "YOUSUF EBRAHIM", "male", "1959-02-20", "AE", "gulf", "+971501234567", "right", "2022-09", Stage::Inquiry),
    seed("سعاد علي الكعبي", "ALKAABI", "SUAD ALI", "female", "1962-01-01", "AE", "gulf", "+971551234567", "left", "2019", Stage::Intake),
    seed("عمر سالم الورفلي", "ALWARFALLI", "OMAR SALEM", "male", "1966-08-09", "LY", "libyan", "+218912345678", "left", "2021", Stage::Intake),
    seed("زينب كاظم الموسوي", "ALMUSAWI", "ZAINAB KADHIM", "female", "1970-04-23", "IQ", "iraqi", "+9647801234567", "right", "2022-02", Stage::Intake),
    seed("أحمد مصطفى النجار", "ELNAGGAR", "AHMED MOSTAFA", "male", "1964-12-30", "EG", "egyptian", "+201001234567", "left", "2020", Stage::AwaitingPatientInfo),
    seed("هند راشد العامري", "ALAMERI", "HIND RASHID", "female", "1973-06-17", "OM", "gulf", "+96892123456", "left", "2024-01", Stage::AwaitingPatientInfo),
    seed("سمير جورج خوري", "KHOURY", "SAMIR GEORGES", "male", "1958-09-05", "LB", "levantine", "+9613123456", "left", "2018", Stage::MedicalReview),
    seed("نادية عبد الله الشمري", "ALSHAMMARI", "NADIA ABDULLAH", "female", "1967-05-11", "KW", "gulf", "+96550012345", "right", "2021-10", Stage::MedicalReview),
    seed("إبراهيم محمود عوض", "AWAD", "IBRAHIM MAHMOUD", "male", "1961-03-03", "JO", "levantine", "+962790123456", "left", "2022", Stage::MedicalReview),
    seed("آمنة عثمان الطيب", "ELTAYEB", "AMNA OSMAN", "female", "1969-10-28", "SD", "sudanese", "+249912345678", "left", "2023-04", Stage::ConservativeCare),
    seed("مؤيد فارس الجبوري", "ALJUBOURI", "MUAYAD FARIS", "male", "1972-02-14", "IQ", "iraqi", "+9647901234567", "left", "2024", Stage::ConservativeCare),
    seed("رائد سليمان القحطاني", "ALQAHTANI", "RAED SULAIMAN", "male", "1963-07-22", "SA", "gulf", "+966561234567", "left", "2020-12", Stage::ReferralPreparation),
    seed("سلمى يحيى بن عمر", "BEN AMOR", "SALMA YAHIA", "female", "1966-01-19", "TN", "maghrebi_darija", "+21620123456", "left", "2019-06", Stage::ReferralPreparation),
    seed("حسين جاسم الدوسري", "ALDOSARI", "HUSSAIN JASSIM", "male", "1960-06-06", "BH", "gulf", "+97336001234", "right", "2021", Stage::Referred),
    seed("لطيفة حمد الهاجري", "ALHAJRI", "LATIFA HAMAD", "female", "1968-12-12", "QA", "gulf", "+97433123456", "left", "2020", Stage::Referred),
    seed("طارق بشير الفيتوري", "ALFITOURI", "TAREK BASHIR", "male", "1957-04-04", "LY", "libyan", "+218922345678", "left", "2017", Stage::Referred),
    seed("وفاء صالح باوزير", "BAWAZIR", "WAFA SALEH", "female", "1974-08-15", "YE", "yemeni", "+967712345678", "left", "2023", Stage::Accepted),
    seed("كريم عدنان الحسيني", "ALHUSSAINI", "KAREEM ADNAN", "male", "1965-03-27", "IQ", "iraqi", "+9647711234567", "left", "2022", Stage::Accepted),
    seed("سارة ناصر العجمي", "ALAJMI", "SARA NASSER", "female", "1970-11-09", "KW", "gulf", "+96566012345", "right", "2021-07", Stage::Quoted),
    seed("عبد العزيز فهد الحربي", "ALHARBI", "ABDULAZIZ FAHAD", "male", "1956-01-01", "SA", "gulf", "+966541234567", "left", "2018-09", Stage::Quoted),
    seed("ليلى منير حداد", "HADDAD", "LAILA MOUNIR", "female", "1963-09-30", "SY", "levantine", "+963944123456", "left", "2020-03", Stage::Confirmed),
    seed("محمود جمال الشريف", "ELSHERIF", "MAHMOUD GAMAL", "male", "1967-07-07", "EG", "egyptian", "+201111234567", "left", "2021-01", Stage::PreArrival),
    seed("خديجة أحمد بنجلون", "BENJELLOUN", "KHADIJA AHMED", "female", "1969-05-25", "MA", "maghrebi_darija", "+212612345678", "left", "2022-06", Stage::PreArrival),
    seed("ماجد عبد الله البلوشي", "ALBALUSHI", "MAJID ABDULLAH", "male", "1962-10-10", "OM", "gulf", "+96899123456", "left", "2019-11", Stage::Arrived),
    seed("رقية هاشم العلوي", "ALALAWI", "RUQAYYA HASHIM", "female", "1971-12-01", "BH", "gulf", "+97339123456", "right", "2023-02", Stage::Admitted),
    seed("جمال نصر الدين بوعزة", "BOUAZZA", "DJAMEL NASREDDINE", "male", "1960-02-29", "DZ", "maghrebi_darija", "+213551234567", "left", "2018-04", Stage::InpatientRecovery),
    seed("منى فيصل الراشد", "ALRASHED", "MONA FAISAL", "female", "1964-04-18", "KW", "gulf", "+96599012345", "left", "2020-08", Stage::Convalescence),
    seed("عائشة محمد ولد الشيخ", "OULD CHEIKH", "AICHA MOHAMED", "female", "1968-06-21", "MR", "hassaniya", "+22236123456", "left", "2019", Stage::FollowUp),
];

#[expect(clippy::too_many_arguments, reason = "one row of a table, written once above")]
const fn seed(
    arabic_name: &'static str,
    surname: &'static str,
    given: &'static str,
    sex: &'static str,
    birth_date: &'static str,
    country: &'static str,
    dialect: &'static str,
    phone: &'static str,
    side: &'static str,
    onset: &'static str,
    stage: Stage,
) -> PatientSeed {
    PatientSeed { arabic_name, surname, given, sex, birth_date, country, dialect, phone, side, onset, stage }
}
