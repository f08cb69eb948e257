"""Protected health information: record and provider numbers, plan ids, and diagnoses or medicines of a person."""

from typing import Final

from audit.reasons import Reason
from promptguard.detectors.patterns import Candidate, Judge, Pattern
from promptguard.detectors.pii import checksums
from promptguard.detectors.pii.judging import LIKELY, STRONG, WEAK, always, any_of, identified, named

_LABEL: Final = (
    r"(?:[\s_]*(?:number|nummer|no\.?|nr\.?|num|#|id|code|claim))*\.?[\"']?(?:\s+(?:is|was|of))?\s*[:#=(>-]?[\s\"'#]*"
)
_RECORD: Final = (
    r"(?i)\b(?:mrn|mr#|uhid|med(?:ical)?[ _]rec(?:ord)?|patient[ _]?(?:id|identifier|number|no|account|record)"
    r"|chart[ _](?:number|no|#|id)"
    r"|hospital[ _](?:number|no)"
    r"|health record|historia cl[i\xed]nica|num[e\xe9]ro de dossier|patientennummer|fallnummer"
    r"|prontu[a\xe1]rio|encounter (?:id|number)|accession (?:number|no|#)|specimen (?:id|number)|visit (?:id|number))"
    + _LABEL
)
_PLAN: Final = (
    r"(?i)\b(?:member|subscriber|policy|beneficiary|health[ _]plan|insurance|medicaid|medicare|group|hicn|mbi"
    r"|krankenversicherten|versicherten|ehic|ahcip|ohip|health card|health insurance)" + _LABEL
)
_HEALTH_WORDS: Final = (
    *("health", "insur", "patient", "plan", "medic", "member", "subscriber", "hospital", "clinic", "doctor", "benefi"),
    *("coverage", "claim", "aetna", "cigna", "blue cross", "humana", "united", "kaiser", "anthem", "ohip"),
)
_PERSONAL: Final = (
    *(
        " my ",
        " i ",
        "i'm",
        "i am",
        "i've",
        " he ",
        " she ",
        " his ",
        " her ",
        "patient",
        "mr.",
        "mrs.",
        "ms.",
        "dob",
        "mrn",
    ),
    *(
        " me ",
        " pt ",
        "pt.",
        "rx",
        "takes",
        "started on",
        "compliant",
        " bid",
        "daily for",
        "year old",
        "year-old",
        "y/o",
        "diagnos",
        "prescri",
        "taking",
        "history of",
        "husband",
        "wife",
        "mother",
    ),
    *("father", " son", "daughter", "admitted"),
)
_MEDICINES: Final = """
    metformin lisinopril atorvastatin amlodipine levothyroxine omeprazole losartan gabapentin sertraline simvastatin
    metoprolol hydrochlorothiazide montelukast escitalopram fluoxetine citalopram bupropion trazodone duloxetine
    venlafaxine alprazolam lorazepam clonazepam diazepam zolpidem oxycodone hydrocodone morphine tramadol fentanyl
    methadone buprenorphine prednisone amoxicillin azithromycin ciprofloxacin doxycycline insulin warfarin clopidogrel
    rivaroxaban apixaban furosemide spironolactone carvedilol rosuvastatin pantoprazole albuterol fluticasone
    methylphenidate adderall lithium quetiapine olanzapine risperidone aripiprazole lamotrigine levetiracetam
    topiramate tamoxifen letrozole methotrexate adalimumab truvada biktarvy tenofovir emtricitabine dolutegravir
    semaglutide ozempic sildenafil finasteride lexapro prozac zoloft xanax
    valium lipitor humira keytruda ibuprofen acetaminophen ritalin concerta vyvanse wegovy mounjaro trulicity jardiance
    farxiga januvia lantus humalog novolog eliquis xarelto plavix crestor zocor nexium synthroid lasix
    coumadin neurontin lyrica cymbalta effexor wellbutrin paxil celexa abilify
    seroquel zyprexa risperdal depakote lamictal tegretol keppra
    dilantin suboxone naltrexone disulfiram cisplatin carboplatin paclitaxel docetaxel doxorubicin rituximab trastuzumab
    imatinib anastrozole hydroxychloroquine sulfasalazine azathioprine tacrolimus cyclosporine infliximab etanercept
    sumatriptan propranolol atenolol bisoprolol ramipril enalapril valsartan digoxin amiodarone enoxaparin heparin
    glipizide empagliflozin liraglutide dulaglutide tirzepatide mirtazapine amitriptyline clozapine haloperidol
    donepezil memantine levodopa baclofen hydroxyzine ondansetron famotidine acyclovir valacyclovir isotretinoin
"""
_DISEASES: Final = (
    r"hiv(?:[ /-]?(?:positive|aids))?|aids|hepatitis [abc]|cancer|carcinoma|lymphoma|leuka?emia|melanoma|diabetes"
    r"|(?:type [12i]{1,2} )?diabetes(?: mellitus)?|bipolar(?: disorder)?|schizophrenia|"
    r"(?:major )?depress(?:ion|ive disorder)"
    r"|anxiety(?: disorder)?|ptsd|adhd|autism|epilepsy|asthma|copd|hypertension|heart (?:failure|attack|disease)|stroke"
    r"|alzheimer'?s?|dementia|parkinson'?s?|multiple sclerosis|lupus|crohn'?s?|arthritis|tuberculosis"
    r"|syphilis|gonorrh[o]?ea"
    r"|chlamydia|herpes|pregnan(?:t|cy)|miscarriage|pneumonia|kidney (?:failure|disease)|cirrhosis|an"
    r"(?:a)?emia|an?orexia"
    r"|endometriosis|ulcerative colitis|sickle cell(?: (?:disease|an[a]?emia))?|myocardial infarction|angina"
    r"|t[12]dm|migraine|kidney stones|chronic kidney disease|renal failure|atrial fibrillation|cystic fibrosis"
    r"|muscular dystrophy|psoriasis|fibromyalgia|gout|glaucoma|sepsis|sarcoma|glioblastoma|myeloma|thyroiditis"
    r"|hypothyroidism|hyperthyroidism|suicid(?:e attempt|al ideation)|self-harm|overdose|psychosis"
    r"|borderline personality|infertility|erectile dysfunction|bulimia|substance (?:abuse|use disorder)"
    r"|opioid (?:addiction|use disorder)|alcoholism|covid(?:-19)?"
)
_ICD: Final = r"\b([A-TV-Z]\d[0-9AB](?:\.[0-9A-Z]{1,4})?)\b"
_MBI: Final = (
    r"\b[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y]{2}\d{2}\b"
)
_DIAGNOSED: Final = (
    r"(?i)\b(?:i'm |(?:i|he|she|patient|my \w+|who) (?:have|has|had|was|were|am|is|been|tested|suffers?"
    r"|got)\b[^.\n]{0,24}?|"
    r"(?:diagnosed|living|treated|treatment|suffer(?:s|ing)?|positive|history|dx|diagnosis|admitted)"
    r"(?: of| with| for| from|:| is)*\s+"
    r"(?:an? |acute |chronic |stage \w+ |advanced |early |severe |mild |metastatic |breast |lung "
    r"|prostate |colon ){0,3})"
    rf"\b({_DISEASES})\b"
)


_CLINICAL: Final = (
    *(
        "the patient",
        "this patient",
        "patient has",
        "patient with",
        "patient is",
        "patient, ",
        " pt ",
        "pmh",
        "dx",
        "hx",
    ),
    *("biopsy", "assessment:", "impression:", "admitted", "mr. ", "mrs. ", "ms. ", "y/o", "year old", "year-old"),
    *(
        "diagnosed",
        "discharge",
        "my mother",
        "my father",
        "my son",
        "my daughter",
        "my wife",
        "my husband",
        "my brother",
    ),
    *("my sister", "her miscarriage", "her pregnancy", "his overdose", "mrn", "dob"),
)
# Also moods, signs of the zodiac and figures of speech: these count only behind a word such as "diagnosed with".
_EVERYDAY: Final = frozenset(
    ("cancer", "stroke", "aids", "anxiety", "depression", "overdose", "self-harm", "gout", "migraine", "psychosis")
)


def _clinical(candidate: Candidate) -> float:
    """A disease in somebody's record; in a question about patients in general it is nobody's."""
    context = f" {candidate.before} {candidate.after} "
    nobody = candidate.value.lower() in _EVERYDAY and "biopsy" not in context and "stage" not in context
    general = "a patient" in context or "patients" in context
    return LIKELY if not nobody and not general and any(word in context for word in _CLINICAL) else 0.0


def _number(fewest: int) -> Judge:
    def judge(candidate: Candidate) -> float:
        digits = sum(map(str.isdigit, candidate.value))
        return 0.95 if digits >= fewest and candidate.value[-1:].isalnum() else 0.0

    return judge


def _plan(candidate: Candidate) -> float:
    digits = sum(map(str.isdigit, candidate.value))
    lead = candidate.text[max(0, candidate.start - 96) : candidate.start].lower() + candidate.after
    return STRONG if digits >= 4 and any(word in lead for word in _HEALTH_WORDS) else 0.0


def _personal(candidate: Candidate) -> float:
    """A disease or a medicine is health information once it is somebody's."""
    context = f" {candidate.before} {candidate.after} "
    return LIKELY if any(word in context for word in _PERSONAL) else WEAK


def patterns() -> list[Pattern]:
    """Return the patterns of health information."""
    reason = Reason.PII_HEALTH
    value = r"([A-Z]{0,4}[- ]?\d[A-Z0-9]*(?:-[A-Z0-9]+| \d{2,5}\b){0,3})\b"
    medicine = rf"(?i)\b((?:{'|'.join(_MEDICINES.split())})(?:\s+\d+(?:\.\d+)?\s?(?:mg|mcg|ug|ml|g|units?|iu)\b)?)"
    return [
        Pattern("MEDICAL_RECORD", _RECORD + value, reason, _number(4), 1),
        Pattern("HEALTH_PLAN", _PLAN + value, reason, _plan, 1),
        Pattern("HEALTH_PLAN", _MBI, reason, identified(always, _HEALTH_WORDS, LIKELY)),
        Pattern(
            "NPI",
            r"\b([12]\d{9})\b",
            reason,
            identified(checksums.npi, ("npi", "provider")),
            1,
            any_of(("npi", "provider")),
        ),
        Pattern(
            "DEA_NUMBER",
            r"\b([ABCDEFGHJKLMPRSTUX][A-Z9]\d{7})\b",
            reason,
            identified(checksums.dea, ("dea",), LIKELY),
            1,
        ),
        Pattern(
            "DIAGNOSIS", _ICD, reason, identified(always, ("icd", "diagnos", "dx")), 1, r"(?i)\b(?:icd|diagnos|dx\b)"
        ),
        Pattern("DIAGNOSIS", _DIAGNOSED, reason, _personal, 1),
        Pattern("DIAGNOSIS", rf"(?i)\b({_DISEASES})\b", reason, _clinical, 1),
        Pattern("MEDICATION", medicine, reason, _personal, 1),
        Pattern(
            "MEDICAL_LICENSE", r"(?i)\bmedical licen[cs]e" + _LABEL + r"([A-Z]{0,3}-?\d{4,10})\b", reason, named(), 1
        ),
    ]
