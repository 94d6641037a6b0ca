//! Coded values of running a case: consent, referral, interpreter bookings, money, tasks and reports.

use super::coded;

coded! {
    /// How the patient found us (domain.md §7.3).
    pub enum CaseSource: "case_source" {
        Whatsapp = "whatsapp" => "WhatsApp", "واتساب", "WhatsApp";
        Web = "web" => "Web site", "الموقع الإلكتروني", "Web sitesi";
        Agency = "agency" => "Agency", "وكالة", "Acente";
        Referral = "referral" => "Referred by a doctor or another patient", "إحالة من طبيب أو من مريض آخر", "Bir hekimin veya başka bir hastanın yönlendirmesi";
        Returning = "returning" => "Returning patient", "مريض سابق", "Önceki hastamız";
        Ads = "ads" => "Advertisement", "إعلان", "Reklam";
    }

    /// How soon a case or a task must be dealt with (domain.md §7.3; FHIR request-priority).
    pub enum Priority: "priority" {
        Routine = "routine" => "Routine", "اعتيادي", "Rutin";
        Soon = "soon" => "Soon", "قريب الأجل", "Öncelikli";
        Urgent = "urgent" => "Urgent", "عاجل", "Acil";
    }

    /// Who pays for the treatment (domain.md §2.5).
    pub enum PayerType: "payer_type" {
        SelfPaying = "self" => "The patient", "المريض نفسه", "Hastanın kendisi";
        Family = "family" => "The family", "العائلة", "Aile";
        Employer = "employer" => "The employer", "جهة العمل", "İşveren";
        Insurer = "insurer" => "A health insurer", "شركة التأمين الصحي", "Sağlık sigortası";
        GovernmentSponsored = "government_sponsored" => "A government treatment-abroad programme", "برنامج حكومي للعلاج في الخارج", "Devletin yurt dışı tedavi programı";
    }

    /// Why a case was closed (domain.md §6.2).
    pub enum ClosureReason: "closure_reason" {
        Completed = "completed" => "Treatment and follow-up completed", "اكتمل العلاج والمتابعة", "Tedavi ve takip tamamlandı";
        ConservativeCompleted = "conservative_completed" => "Conservative treatment completed", "اكتمل العلاج التحفظي", "Konservatif tedavi tamamlandı";
        Unsuitable = "unsuitable" => "Not suitable for surgery", "غير مناسب للجراحة", "Ameliyata uygun değil";
        OtherDiagnosis = "other_diagnosis" => "Another diagnosis", "تشخيص آخر", "Başka bir tanı";
        HospitalDeclinedAll = "hospital_declined_all" => "Declined by every hospital asked", "اعتذرت جميع المستشفيات المخاطَبة", "Başvurulan tüm hastaneler geri çevirdi";
        WithdrawnBeforeTravel = "withdrawn_before_travel" => "Patient withdrew before travel", "انسحب المريض قبل السفر", "Hasta seyahatten önce vazgeçti";
        WithdrawnAfterArrival = "withdrawn_after_arrival" => "Patient withdrew after arrival", "انسحب المريض بعد الوصول", "Hasta geldikten sonra vazgeçti";
        SurgeryCancelled = "surgery_cancelled" => "Surgery cancelled", "أُلغيت الجراحة", "Ameliyat iptal edildi";
        LeftAgainstAdvice = "left_against_advice" => "Left against medical advice", "غادر خلافًا للمشورة الطبية", "Tıbbi öneriye rağmen ayrıldı";
        LostToFollowUp = "lost_to_follow_up" => "Lost to follow-up", "فُقد الاتصال به أثناء المتابعة", "Takipten çıktı";
        NoResponse = "no_response" => "No response from the patient", "لم يرد المريض", "Hastadan yanıt alınamadı";
        NotInterested = "not_interested" => "Not interested", "غير مهتم", "İlgilenmiyor";
        OutOfScope = "out_of_scope" => "Outside our field", "خارج نطاق خدماتنا", "Hizmet kapsamımız dışında";
        VisaRefused = "visa_refused" => "Visa refused", "رُفضت التأشيرة", "Vize reddedildi";
        Financial = "financial" => "Financial reasons", "أسباب مالية", "Mali nedenler";
        TransferredElsewhere = "transferred_elsewhere" => "Care transferred elsewhere", "نُقلت الرعاية إلى جهة أخرى", "Bakım başka bir kuruma devredildi";
        EnteredInError = "entered_in_error" => "Entered in error", "سُجّلت بالخطأ", "Yanlışlıkla kaydedildi";
    }

    /// What a consent allows; each purpose is asked for on its own (domain.md §2.7; KVKK Art. 6 and 9; FHIR Consent.provision.purpose).
    pub enum ConsentPurpose: "consent_purpose" {
        HealthDataProcessing = "health_data_processing" => "Processing of health data", "معالجة البيانات الصحية", "Sağlık verilerinin işlenmesi";
        ShareWithHospital = "share_with_hospital" => "Sharing with the named hospital", "المشاركة مع المستشفى المذكور", "Adı geçen hastaneyle paylaşım";
        ShareWithInterpreter = "share_with_interpreter" => "Sharing with the interpreter", "المشاركة مع المترجم", "Tercümanla paylaşım";
        ShareWithInsurer = "share_with_insurer" => "Sharing with the insurer", "المشاركة مع شركة التأمين", "Sigorta şirketiyle paylaşım";
        ShareWithCompanion = "share_with_companion" => "Sharing with the companion", "المشاركة مع المرافق", "Refakatçiyle paylaşım";
        ShareWithHomeDoctor = "share_with_home_doctor" => "Sharing with the doctor at home", "المشاركة مع الطبيب المعالج في بلد المريض", "Hastanın ülkesindeki hekimiyle paylaşım";
        CrossBorderTransfer = "cross_border_transfer" => "Transfer of data abroad", "نقل البيانات إلى خارج البلاد", "Verilerin yurt dışına aktarılması";
        PhotoVideoClinical = "photo_video_clinical" => "Photographs and video for care", "الصور ومقاطع الفيديو لأغراض العلاج", "Tedavi amaçlı fotoğraf ve video";
        PhotoVideoMarketing = "photo_video_marketing" => "Photographs and video for marketing", "الصور ومقاطع الفيديو لأغراض التسويق", "Tanıtım amaçlı fotoğraf ve video";
        MessagingWhatsapp = "messaging_whatsapp" => "Messages by WhatsApp", "المراسلة عبر واتساب", "WhatsApp üzerinden mesajlaşma";
        ResearchStatistics = "research_statistics" => "Research and statistics", "البحث العلمي والإحصاء", "Araştırma ve istatistik";
    }

    /// How a consent was given (domain.md §2.7).
    pub enum ConsentMethod: "consent_method" {
        ESign = "e_sign" => "Electronic signature", "توقيع إلكتروني", "Elektronik imza";
        WhatsappReply = "whatsapp_reply" => "Reply by WhatsApp", "رد عبر واتساب", "WhatsApp yanıtı";
        PaperScan = "paper_scan" => "Scan of a signed paper", "نسخة ممسوحة من ورقة موقّعة", "İmzalı belgenin taranmış kopyası";
        VoiceRecorded = "voice_recorded" => "Voice recording", "تسجيل صوتي", "Ses kaydı";
    }

    /// Where a consent stands (domain.md §6.5; FHIR Consent.status).
    pub enum ConsentState: "consent_state" {
        Draft = "draft" => "Draft", "مسودة", "Taslak";
        Active = "active" => "In force", "سارية", "Yürürlükte";
        Withdrawn = "withdrawn" => "Withdrawn", "تم سحبها", "Geri alındı";
        Expired = "expired" => "Expired", "منتهية الصلاحية", "Süresi doldu";
        Superseded = "superseded" => "Replaced by a newer one", "استُبدلت بأحدث منها", "Yenisiyle değiştirildi";
        Refused = "refused" => "Refused", "مرفوضة", "Reddedildi";
    }

    /// Who gave a consent (domain.md §2.7; FHIR Consent.performer).
    pub enum ConsentGiver: "consent_giver" {
        Patient = "patient" => "The patient", "المريض", "Hasta";
        Guardian = "guardian" => "The legal guardian", "الوصي القانوني", "Yasal vasi";
    }

    /// Where a referral to one hospital stands (domain.md §4.2; FHIR Task.status with businessStatus).
    pub enum ReferralState: "referral_state" {
        Draft = "draft" => "Draft", "مسودة", "Taslak";
        Sent = "sent" => "Sent", "مُرسلة", "Gönderildi";
        Received = "received" => "Received by the hospital", "استلمها المستشفى", "Hastane tarafından alındı";
        InfoRequested = "info_requested" => "Hospital asks for more information", "المستشفى يطلب معلومات إضافية", "Hastane ek bilgi istedi";
        Accepted = "accepted" => "Accepted", "مقبولة", "Kabul edildi";
        Declined = "declined" => "Declined", "مرفوضة", "Geri çevrildi";
        Expired = "expired" => "Expired without an answer", "انتهت مهلتها دون رد", "Yanıtsız süresi doldu";
        CancelRequested = "cancel_requested" => "Cancellation requested", "طُلب إلغاؤها", "İptali istendi";
        Cancelled = "cancelled" => "Cancelled", "ملغاة", "İptal edildi";
        Scheduled = "scheduled" => "Scheduled", "حُدد موعدها", "Randevu verildi";
        WithdrawnByHospital = "withdrawn_by_hospital" => "Withdrawn by the hospital", "سحب المستشفى قبوله", "Hastane kabulünü geri çekti";
        InProgress = "in_progress" => "In progress", "قيد التنفيذ", "Sürüyor";
        NoShow = "no_show" => "Patient did not come", "لم يحضر المريض", "Hasta gelmedi";
        OnHold = "on_hold" => "On hold", "معلّقة", "Beklemede";
        Completed = "completed" => "Completed", "مكتملة", "Tamamlandı";
        Failed = "failed" => "Ended without completion", "انتهت دون إتمام", "Tamamlanamadan sonlandı";
        EnteredInError = "entered_in_error" => "Entered in error", "سُجّلت بالخطأ", "Yanlışlıkla kaydedildi";
    }

    /// What a referral asks of the hospital (domain.md §4.3).
    pub enum ReferralQuestion: "referral_question" {
        Opinion = "opinion" => "Surgical opinion", "رأي جراحي", "Cerrahi görüş";
        OpinionAndPrice = "opinion_and_price" => "Surgical opinion and price", "رأي جراحي مع التكلفة", "Cerrahi görüş ve fiyat";
        Admit = "admit" => "Admission for surgery", "إدخال المريض لإجراء الجراحة", "Ameliyat için yatış";
    }

    /// Why a hospital declines a referral (domain.md §4.2; FHIR Task.statusReason).
    pub enum ReferralDeclineReason: "referral_decline_reason" {
        NotIndicated = "not_indicated" => "Surgery is not indicated", "لا يوجد استطباب للجراحة", "Ameliyat endikasyonu yok";
        TooHighRisk = "too_high_risk" => "The risk is too high", "الخطورة مرتفعة جدًا", "Risk çok yüksek";
        NoCapacity = "no_capacity" => "No capacity", "لا توجد سعة متاحة", "Kapasite yok";
        NoSurgeon = "no_surgeon" => "No surgeon available", "لا يوجد جراح متاح", "Uygun cerrah yok";
        MissingData = "missing_data" => "Data are missing", "البيانات ناقصة", "Eksik veri";
        OutOfScope = "out_of_scope" => "Outside the hospital's field", "خارج نطاق خدمات المستشفى", "Hastanenin hizmet kapsamı dışında";
        Financial = "financial" => "Financial reasons", "أسباب مالية", "Mali nedenler";
        Licence = "licence" => "Licence or authorisation missing", "عدم توفر الترخيص أو التصريح", "Ruhsat veya yetki belgesi eksik";
        Other = "other" => "Other reason", "سبب آخر", "Diğer neden";
    }

    /// Where the booking of an interpreter stands (domain.md §6.5; FHIR Appointment.participant.status).
    pub enum BookingState: "booking_state" {
        Requested = "requested" => "Requested", "مطلوب", "Talep edildi";
        Offered = "offered" => "Offered to the interpreter", "معروض على المترجم", "Tercümana önerildi";
        Accepted = "accepted" => "Accepted", "مقبول", "Kabul edildi";
        Declined = "declined" => "Declined", "اعتذر عنه المترجم", "Tercüman geri çevirdi";
        Expired = "expired" => "Expired without an answer", "انتهت مهلته دون رد", "Yanıtsız süresi doldu";
        CheckedIn = "checked_in" => "Interpreter has arrived", "وصل المترجم", "Tercüman geldi";
        Completed = "completed" => "Completed", "مكتمل", "Tamamlandı";
        NoShow = "no_show" => "Interpreter did not come", "لم يحضر المترجم", "Tercüman gelmedi";
        CancelledEarly = "cancelled_early" => "Cancelled at least 24 hours before", "أُلغي قبل الموعد بـ 24 ساعة أو أكثر", "En az 24 saat önce iptal edildi";
        CancelledLate = "cancelled_late" => "Cancelled less than 24 hours before", "أُلغي قبل الموعد بأقل من 24 ساعة", "24 saatten az kala iptal edildi";
    }

    /// What kind of meeting an interpreter is booked for (domain.md §3; FHIR Encounter.type).
    pub enum EncounterKind: "encounter_kind" {
        Consultation = "consultation" => "Consultation", "استشارة طبية", "Konsültasyon";
        Consent = "consent" => "Informed consent talk", "جلسة الموافقة المستنيرة", "Aydınlatılmış onam görüşmesi";
        Admission = "admission" => "Hospital admission", "دخول المستشفى", "Hastaneye yatış";
        Surgery = "surgery" => "Day of surgery", "يوم الجراحة", "Ameliyat günü";
        Discharge = "discharge" => "Discharge from hospital", "الخروج من المستشفى", "Taburculuk";
        FollowUp = "follow_up" => "Follow-up visit", "زيارة متابعة", "Kontrol muayenesi";
        Transfer = "transfer" => "Transfer (journey)", "نقل ومواصلات", "Transfer (ulaşım)";
        Other = "other" => "Other", "أخرى", "Diğer";
    }

    /// Where an item that we asked the patient for stands (domain.md §6.3, T05 and T06).
    pub enum InformationItemState: "information_item_state" {
        Requested = "requested" => "Requested", "مطلوب", "İstendi";
        Received = "received" => "Received", "مستلم", "Alındı";
        Waived = "waived" => "Waived", "تم الاستغناء عنه", "Gerek görülmedi";
    }

    /// What is asked for when a case lacks information (domain.md §4.3, §6.3).
    pub enum InformationItemKind: "information_item_kind" {
        MriDicom = "mri_dicom" => "MRI images (DICOM)", "صور الرنين المغناطيسي (DICOM)", "MR görüntüleri (DICOM)";
        MriReport = "mri_report" => "MRI report", "تقرير الرنين المغناطيسي", "MR raporu";
        Audiogram = "audiogram" => "Audiogram", "تخطيط السمع", "Odyogram";
        Lab = "lab" => "Laboratory results", "نتائج التحاليل المخبرية", "Laboratuvar sonuçları";
        Video = "video" => "Video of the spasm", "مقطع فيديو للتشنج", "Spazm videosu";
        MedicationList = "medication_list" => "List of medicines", "قائمة الأدوية", "İlaç listesi";
        Passport = "passport" => "Passport copy", "صورة جواز السفر", "Pasaport kopyası";
        History = "history" => "Medical history", "التاريخ المرضي", "Tıbbi öykü";
        Other = "other" => "Other", "أخرى", "Diğer";
    }

    /// Who issued a licence (domain.md §7.2, §2.2).
    pub enum LicenceIssuer: "licence_issuer" {
        Ushas = "USHAS" => "International Health Services Inc. (USHAŞ)", "شركة الخدمات الصحية الدولية التركية (USHAŞ)", "Uluslararası Sağlık Hizmetleri A.Ş. (USHAŞ)";
        Moh = "MOH" => "Ministry of Health of Türkiye", "وزارة الصحة التركية", "T.C. Sağlık Bakanlığı";
        Tursab = "TURSAB" => "Association of Turkish Travel Agencies (TÜRSAB)", "اتحاد وكالات السفر التركية (TÜRSAB)", "Türkiye Seyahat Acentaları Birliği (TÜRSAB)";
        Tuska = "TUSKA" => "Turkish Healthcare Quality and Accreditation Institute (TÜSKA)", "المعهد التركي لجودة الرعاية الصحية واعتمادها (TÜSKA)", "Türkiye Sağlık Hizmetleri Kalite ve Akreditasyon Enstitüsü (TÜSKA)";
    }

    /// What a hospital can do for this operation (domain.md §7.2; FHIR HealthcareService.characteristic).
    pub enum HospitalCapability: "hospital_capability" {
        Mvd = "mvd" => "Microvascular decompression", "تخفيف الضغط الوعائي المجهري", "Mikrovasküler dekompresyon";
        IomLsr = "iom_lsr" => "Intra-operative monitoring of the lateral spread response (LSR)", "مراقبة استجابة الانتشار الجانبي أثناء الجراحة (LSR)", "Ameliyat sırasında lateral yayılım yanıtı izlemi (LSR)";
        IomBaep = "iom_baep" => "Intra-operative monitoring of hearing (BAEP)", "مراقبة السمع أثناء الجراحة (BAEP)", "Ameliyat sırasında işitme izlemi (BAEP)";
        Mri3t = "mri_3t" => "3 tesla MRI", "رنين مغناطيسي بقوة 3 تسلا", "3 tesla MR";
        NeuroIcu = "neuro_icu" => "Neurosurgical intensive care unit", "وحدة عناية مركزة لجراحة الأعصاب", "Beyin cerrahisi yoğun bakım ünitesi";
    }

    /// Which body accredited a hospital (domain.md §7.2, §2.4).
    pub enum Accreditation: "accreditation" {
        Tuska = "TUSKA" => "Turkish Healthcare Quality and Accreditation Institute (TÜSKA)", "المعهد التركي لجودة الرعاية الصحية واعتمادها (TÜSKA)", "Türkiye Sağlık Hizmetleri Kalite ve Akreditasyon Enstitüsü (TÜSKA)";
        Jci = "JCI" => "Joint Commission International (JCI)", "اللجنة الدولية المشتركة (JCI)", "Joint Commission International (JCI)";
        Temos = "TEMOS" => "Temos International", "هيئة تيموس الدولية (Temos)", "Temos International";
        Gha = "GHA" => "Global Healthcare Accreditation (GHA)", "الاعتماد العالمي للرعاية الصحية (GHA)", "Global Healthcare Accreditation (GHA)";
    }

    /// Where a quote stands; it no longer changes once issued (domain.md §6.5).
    pub enum QuoteState: "quote_state" {
        Draft = "draft" => "Draft", "مسودة", "Taslak";
        PendingApproval = "pending_approval" => "Waiting for approval", "بانتظار الموافقة", "Onay bekliyor";
        Issued = "issued" => "Issued", "صادر", "Verildi";
        Accepted = "accepted" => "Accepted", "مقبول", "Kabul edildi";
        Rejected = "rejected" => "Rejected", "مرفوض", "Reddedildi";
        Expired = "expired" => "Expired", "منتهي الصلاحية", "Süresi doldu";
        Superseded = "superseded" => "Replaced by a newer version", "استُبدل بإصدار أحدث", "Yeni sürümle değiştirildi";
        Withdrawn = "withdrawn" => "Withdrawn", "تم سحبه", "Geri çekildi";
        Fulfilled = "fulfilled" => "Fulfilled", "تم تنفيذه", "Yerine getirildi";
        Cancelled = "cancelled" => "Cancelled", "ملغى", "İptal edildi";
    }

    /// What one line of a quote pays for (domain.md §2.5; FHIR ChargeItem.code).
    pub enum QuoteLineKind: "quote_line_kind" {
        Surgery = "surgery" => "Surgery", "الجراحة", "Ameliyat";
        HospitalStay = "hospital_stay" => "Hospital stay", "الإقامة في المستشفى", "Hastane yatışı";
        IcuNight = "icu_night" => "Night in intensive care", "ليلة في العناية المركزة", "Yoğun bakım gecesi";
        Implant = "implant" => "Implant or material", "غرسة أو مواد جراحية", "İmplant veya malzeme";
        Iom = "iom" => "Intra-operative nerve monitoring", "المراقبة العصبية أثناء الجراحة", "Ameliyat sırasında nöromonitörizasyon";
        Anaesthesia = "anaesthesia" => "Anaesthesia", "التخدير", "Anestezi";
        LabImaging = "lab_imaging" => "Laboratory and imaging", "التحاليل والأشعة", "Laboratuvar ve görüntüleme";
        Audiometry = "audiometry" => "Hearing test", "فحص السمع", "Odyometri (işitme testi)";
        Consult = "consult" => "Consultation", "استشارة طبية", "Konsültasyon";
        Interpreter = "interpreter" => "Interpreter", "الترجمة", "Tercümanlık";
        Hotel = "hotel" => "Hotel", "الفندق", "Otel";
        Transfer = "transfer" => "Transfer (journey)", "النقل والمواصلات", "Transfer (ulaşım)";
        Insurance = "insurance" => "Insurance", "التأمين", "Sigorta";
        VisaHelp = "visa_help" => "Help with the visa", "المساعدة في التأشيرة", "Vize desteği";
        FacilitatorFee = "facilitator_fee" => "Facilitator's fee", "أتعاب الوسيط", "Aracı kuruluş hizmet bedeli";
        Companion = "companion" => "Companion", "المرافق", "Refakatçi";
        Followup = "followup" => "Follow-up", "المتابعة", "Takip";
        Discount = "discount" => "Discount", "خصم", "İndirim";
    }

    /// Whether a line is part of the price (domain.md §2.5).
    pub enum QuoteLineInclusion: "quote_line_inclusion" {
        Included = "included" => "Included", "مشمول", "Dahil";
        Excluded = "excluded" => "Not included", "غير مشمول", "Hariç";
        Optional = "optional" => "Optional", "اختياري", "İsteğe bağlı";
        OnActual = "on_actual" => "Charged as used", "يُحتسب حسب الاستهلاك الفعلي", "Kullanıma göre ücretlendirilir";
    }

    /// How the patient accepted a quote (domain.md §2.5).
    pub enum AcceptanceChannel: "acceptance_channel" {
        InPerson = "in_person" => "In person", "حضوريًا", "Yüz yüze";
        Phone = "phone" => "By telephone", "عبر الهاتف", "Telefonla";
        Whatsapp = "whatsapp" => "By WhatsApp", "عبر واتساب", "WhatsApp ile";
        Email = "email" => "By e-mail", "عبر البريد الإلكتروني", "E-postayla";
        ESign = "e_sign" => "By electronic signature", "بالتوقيع الإلكتروني", "Elektronik imzayla";
    }

    /// What a note records (domain.md §7.3; FHIR DocumentReference.type).
    pub enum NoteType: "note_type" {
        Consultation = "consultation" => "Consultation note", "مذكرة استشارة", "Konsültasyon notu";
        Progress = "progress" => "Progress note", "مذكرة تطور الحالة", "İzlem notu";
        Phone = "phone" => "Telephone note", "مذكرة مكالمة هاتفية", "Telefon görüşmesi notu";
        Handover = "handover" => "Handover note", "مذكرة تسليم", "Devir notu";
    }

    /// Where a task stands; that it is overdue is derived, never stored (domain.md §6.5; FHIR Task.status).
    pub enum TaskState: "task_state" {
        Open = "open" => "Open", "مفتوحة", "Açık";
        InProgress = "in_progress" => "In progress", "قيد التنفيذ", "Sürüyor";
        Done = "done" => "Done", "منجزة", "Yapıldı";
        Cancelled = "cancelled" => "Cancelled", "ملغاة", "İptal edildi";
    }

    /// Where the clearance for surgery stands (domain.md §6.5, §6.1).
    pub enum ClearanceState: "clearance_state" {
        Requested = "requested" => "Requested", "مطلوب", "İstendi";
        Cleared = "cleared" => "Cleared for surgery", "صدر تصريح الجراحة", "Ameliyat onayı verildi";
        Refused = "refused" => "Refused", "مرفوض", "Reddedildi";
        Revoked = "revoked" => "Revoked after a change", "أُلغي بعد تغيير طرأ", "Değişiklik üzerine geri alındı";
    }

    /// What a hospital reports back on a referral (domain.md §4.4, §6.3; FHIR Task.output).
    pub enum ReportKind: "report_kind" {
        Received = "received" => "Referral received", "تم استلام الإحالة", "Sevk alındı";
        InfoRequested = "info_requested" => "More information requested", "طُلبت معلومات إضافية", "Ek bilgi istendi";
        Accepted = "accepted" => "Referral accepted", "قُبلت الإحالة", "Sevk kabul edildi";
        Declined = "declined" => "Referral declined", "رُفضت الإحالة", "Sevk geri çevrildi";
        Scheduled = "scheduled" => "Admission and surgery scheduled", "حُدد موعد الدخول والجراحة", "Yatış ve ameliyat tarihi verildi";
        Rescheduled = "rescheduled" => "Dates changed", "تغيّرت المواعيد", "Tarihler değiştirildi";
        SlotWithdrawn = "slot_withdrawn" => "Dates withdrawn", "سُحب الموعد", "Verilen tarih geri çekildi";
        InvitationLetterIssued = "invitation_letter_issued" => "Invitation letter issued", "صدرت رسالة الدعوة", "Davet mektubu düzenlendi";
        ArrivedPreop = "arrived_preop" => "Patient came for pre-operative tests", "حضر المريض لفحوص ما قبل الجراحة", "Hasta ameliyat öncesi tetkikler için geldi";
        Admitted = "admitted" => "Patient admitted", "أُدخل المريض إلى المستشفى", "Hasta yatırıldı";
        SurgeryStarted = "surgery_started" => "Surgery started", "بدأت الجراحة", "Ameliyat başladı";
        SurgeryEnded = "surgery_ended" => "Surgery ended", "انتهت الجراحة", "Ameliyat bitti";
        SurgeryAborted = "surgery_aborted" => "Surgery stopped before completion", "أُوقفت الجراحة قبل إتمامها", "Ameliyat tamamlanmadan sonlandırıldı";
        SurgeryPostponed = "surgery_postponed" => "Surgery postponed", "أُجّلت الجراحة", "Ameliyat ertelendi";
        SurgeryCancelled = "surgery_cancelled" => "Surgery cancelled", "أُلغيت الجراحة", "Ameliyat iptal edildi";
        SurgeryRefused = "surgery_refused" => "Patient refused surgery", "رفض المريض إجراء الجراحة", "Hasta ameliyatı reddetti";
        DailyStatus = "daily_status" => "Daily status", "الحالة اليومية", "Günlük durum";
        Complication = "complication" => "Complication", "حدوث مضاعفة", "Komplikasyon";
        Reoperation = "reoperation" => "Re-operation", "إعادة الجراحة", "Yeniden ameliyat";
        IcuTransfer = "icu_transfer" => "Moved to intensive care", "نُقل إلى العناية المركزة", "Yoğun bakıma alındı";
        TransferOut = "transfer_out" => "Transferred to another hospital", "نُقل إلى مستشفى آخر", "Başka hastaneye nakledildi";
        Discharged = "discharged" => "Discharged", "خرج من المستشفى", "Taburcu edildi";
        LeftAgainstAdvice = "left_against_advice" => "Left against medical advice", "غادر خلافًا للمشورة الطبية", "Tıbbi öneriye rağmen ayrıldı";
        DischargedWithoutSurgery = "discharged_without_surgery" => "Discharged without surgery", "خرج من المستشفى دون جراحة", "Ameliyatsız taburcu edildi";
        Readmitted = "readmitted" => "Readmitted", "أُعيد إدخاله إلى المستشفى", "Yeniden yatırıldı";
        Died = "died" => "Patient died", "توفي المريض", "Hasta vefat etti";
        InvoiceFinal = "invoice_final" => "Final invoice", "الفاتورة النهائية", "Kesin fatura";
        FollowupResult = "followup_result" => "Result of a follow-up visit", "نتيجة زيارة المتابعة", "Kontrol muayenesi sonucu";
    }

    /// Through which channel someone was contacted (domain.md §6.3, T03 and T49; FHIR Communication.medium).
    pub enum ContactChannel: "contact_channel" {
        Phone = "phone" => "Telephone call", "مكالمة هاتفية", "Telefon görüşmesi";
        Whatsapp = "whatsapp" => "WhatsApp", "واتساب", "WhatsApp";
        Telegram = "telegram" => "Telegram", "تيليغرام", "Telegram";
        Email = "email" => "E-mail", "البريد الإلكتروني", "E-posta";
        Sms = "sms" => "Text message (SMS)", "رسالة نصية قصيرة", "Kısa mesaj (SMS)";
        InPerson = "in_person" => "In person", "حضوريًا", "Yüz yüze";
    }
}
