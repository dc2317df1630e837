"""Every enumerated value of the service, with its label and its meaning.

A `Term` is closed when seed files are read (an unknown value is an error) and open when it is served: in the OpenAPI
document it is a string with `x-extensible-enum`, since v1 may add values.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal, Self

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


class Term(StrEnum):
    """An enumerated value that knows what it means. Its label is the value in plain words unless one is given."""

    meaning: str
    label: str

    def __new__(cls, value: str, meaning: str, label: str | None = None) -> Self:
        term = str.__new__(cls, value)
        term._value_ = value
        term.meaning = meaning
        term.label = label or value.replace("_", " ")
        return term

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        served = handler.resolve_ref_schema(reference := handler(schema))
        served["description"] = (cls.__doc__ or "").strip()
        if handler.mode == "serialization":
            served["x-extensible-enum"] = served.pop("enum")
        return reference


def values_of(term: type[Term]) -> Any:
    """The type of a request's field that takes a term's values: its schema is closed, that of an answer may grow."""
    return Literal[tuple(value.value for value in term)]


class HormoneClass(Term):
    """What a hormone is made of."""

    PEPTIDE = "peptide", "A chain of amino acids cut from a longer precursor."
    GLYCOPROTEIN = "glycoprotein", "A protein whose sugar chains shape its half-life and action."
    PROTEIN = "protein", "A folded protein without the glycoprotein hormones' shared architecture."
    STEROID = "steroid", "Made from cholesterol; acts mostly through nuclear receptors."
    SECOSTEROID = "secosteroid", "A steroid with an opened ring, as in the vitamin D hormones."
    AMINE = "amine", "Made from a single amino acid: catecholamines, melatonin, serotonin."
    IODOTHYRONINE = "iodothyronine", "Two coupled, iodinated tyrosines: the thyroid hormones."
    EICOSANOID = "eicosanoid", "Made from twenty-carbon fatty acids."
    OTHER = "other", "None of the other classes."


class HormoneRole(Term):
    """In which ways a signalling molecule acts."""

    HORMONE = "hormone", "Carried by the blood to distant targets."
    NEUROHORMONE = "neurohormone", "Released by neurons into the blood."
    NEUROTRANSMITTER = "neurotransmitter", "Released at synapses."
    NEUROMODULATOR = "neuromodulator", "Changes how neurons respond to transmitters."
    NEUROSTEROID = "neurosteroid", "A steroid that acts on neurons, made in or reaching the brain."
    PARACRINE = "paracrine", "Acts on neighbouring cells."
    GROWTH_FACTOR = "growth_factor", "Drives growth or division of cells."
    ADIPOKINE = "adipokine", "Secreted by adipose tissue."
    MYOKINE = "myokine", "Secreted by skeletal muscle."
    INCRETIN = "incretin", "Gut hormone that amplifies insulin secretion after a meal."
    CYTOKINE = "cytokine", "Signal between immune cells that also reaches endocrine tissue."
    PROHORMONE = "prohormone", "Acts mainly after conversion to another hormone."


class SecretionPattern(Term):
    """How secretion is distributed in time."""

    PULSATILE = "pulsatile", "In bursts with quiet intervals."
    CIRCADIAN = "circadian", "With a rhythm of about a day."
    SLEEP_RELATED = "sleep_related", "Tied to sleep or one of its stages."
    CYCLICAL = "cyclical", "With the menstrual cycle."
    MEAL_RELATED = "meal_related", "In response to eating or fasting."
    STRESS_RELATED = "stress_related", "In response to stressors."
    CONTINUOUS = "continuous", "Steady, without marked bursts."
    REFLEX = "reflex", "In response to a sensory stimulus such as suckling."
    PREGNANCY = "pregnancy", "During pregnancy."


class PeptideClass(Term):
    """What kind of peptide drug or research peptide it is."""

    GHRH_ANALOG = "ghrh_analog", "Acts on the GHRH receptor.", "GHRH analog"
    GHRELIN_MIMETIC = "ghrelin_mimetic", "Acts on the ghrelin receptor; a growth-hormone secretagogue."
    GNRH_AGONIST = "gnrh_agonist", "Acts on the GnRH receptor as an agonist.", "GnRH agonist"
    GNRH_ANTAGONIST = "gnrh_antagonist", "Blocks the GnRH receptor.", "GnRH antagonist"
    GONADOTROPIN = "gonadotropin", "A gonadotropin given as a drug."
    GROWTH_HORMONE = "growth_hormone", "Growth hormone or a variant of it given as a drug."
    GROWTH_FACTOR = "growth_factor", "A growth factor or an analog of one."
    MELANOCORTIN_AGONIST = "melanocortin_agonist", "Acts on melanocortin receptors."
    SOMATOSTATIN_ANALOG = "somatostatin_analog", "Acts on somatostatin receptors."
    GLP1_AGONIST = "glp1_agonist", "Acts on the GLP-1 receptor, alone or with others.", "GLP-1 agonist"
    INSULIN_ANALOG = "insulin_analog", "Insulin or an analog of it."
    TISSUE_REPAIR = "tissue_repair", "Promoted for healing of tissue."
    KISSPEPTIN = "kisspeptin", "Acts on the kisspeptin receptor."
    OXYTOCIC = "oxytocic", "Acts on the oxytocin receptor."
    OTHER = "other", "None of the other classes."


class CompoundClass(Term):
    """What kind of small molecule it is."""

    ANDROGEN = "androgen", "Acts on the androgen receptor as an agonist."
    ANDROGEN_ESTER = "androgen_ester", "An ester that releases an androgen."
    ESTROGEN = "estrogen", "Acts on estrogen receptors as an agonist."
    ESTROGEN_ESTER = "estrogen_ester", "An ester that releases an estrogen."
    PROGESTIN = "progestin", "A synthetic agonist of the progesterone receptor."
    SERM = "serm", "Selective estrogen receptor modulator: agonist in some tissues, antagonist in others.", "SERM"
    AROMATASE_INHIBITOR = "aromatase_inhibitor", "Inhibits the conversion of androgens to estrogens."
    ANTIANDROGEN = "antiandrogen", "Blocks the androgen receptor."
    FIVE_ALPHA_REDUCTASE_INHIBITOR = (
        "five_alpha_reductase_inhibitor",
        "Inhibits the conversion of testosterone to dihydrotestosterone.",
        "5-alpha-reductase inhibitor",
    )
    GHRELIN_MIMETIC = "ghrelin_mimetic", "A small molecule that acts on the ghrelin receptor."
    DOPAMINE_AGONIST = "dopamine_agonist", "Acts on dopamine receptors as an agonist."
    DOPAMINE_ANTAGONIST = "dopamine_antagonist", "Blocks dopamine receptors."
    GLUCOCORTICOID = "glucocorticoid", "Acts on the glucocorticoid receptor as an agonist."
    STEROID_PRECURSOR = "steroid_precursor", "A sterol or steroid on the way to a hormone."
    STEROID_METABOLITE = "steroid_metabolite", "What a steroid hormone is turned into."
    NEUROTRANSMITTER = "neurotransmitter", "A small molecule released at synapses."
    NUTRIENT = "nutrient", "Taken in with food or as a supplement."
    METABOLITE = "metabolite", "A small molecule of intermediary metabolism."
    OPIOID = "opioid", "Acts on opioid receptors as an agonist."
    PDE5_INHIBITOR = "pde5_inhibitor", "Inhibits phosphodiesterase type 5.", "PDE5 inhibitor"
    STEROIDOGENESIS_INHIBITOR = "steroidogenesis_inhibitor", "Inhibits enzymes that make steroids."
    OTHER = "other", "None of the other classes."


class ProteinClass(Term):
    """What a protein does."""

    RECEPTOR = "receptor", "Binds a signal and passes it on."
    ENZYME = "enzyme", "Catalyses a reaction."
    TRANSPORTER = "transporter", "Carries a substance across a membrane."
    CYTOKINE = "cytokine", "A signal between immune cells."
    BINDING_PROTEIN = "binding_protein", "Carries or holds a hormone in blood or tissue."
    SUBUNIT = "subunit", "One chain of a hormone or receptor made of several."
    TRANSCRIPTION_FACTOR = "transcription_factor", "Binds DNA and controls genes."
    ION_CHANNEL = "ion_channel", "Lets ions across a membrane."
    CO_RECEPTOR = "co_receptor", "Helps a receptor bind or signal."
    SIGNALLING_PROTEIN = "signalling_protein", "Passes a signal on inside the cell."
    PRECURSOR = "precursor", "Is cut into active hormones."
    STRUCTURAL = "structural", "Gives tissue its form."
    OTHER = "other", "None of the other classes."


class Signalling(Term):
    """The first steps after a receptor is bound."""

    GS = "gs", "G protein Gs: cyclic AMP rises.", "Gs"
    GI = "gi", "G protein Gi: cyclic AMP falls.", "Gi"
    GQ = "gq", "G protein Gq/11: phospholipase C, calcium.", "Gq/11"
    JAK_STAT = "jak_stat", "Janus kinases and STAT proteins.", "JAK-STAT"
    TYROSINE_KINASE = "tyrosine_kinase", "The receptor is a tyrosine kinase."
    SERINE_KINASE = "serine_threonine_kinase", "The receptor is a serine/threonine kinase: SMAD proteins."
    GUANYLYL_CYCLASE = "guanylyl_cyclase", "The receptor makes cyclic GMP."
    NUCLEAR = "nuclear_receptor", "The receptor is a ligand-controlled transcription factor."
    MEMBRANE_RAPID = "rapid_membrane", "Fast effects of steroids at the membrane."
    LIGAND_GATED = "ligand_gated_channel", "The receptor is an ion channel."
    NF_KB = "nf_kb", "Nuclear factor kappa B.", "NF-kB"
    PI3K_AKT = "pi3k_akt", "Phosphoinositide 3-kinase and Akt.", "PI3K-Akt"
    MAPK = "mapk", "Mitogen-activated protein kinases.", "MAPK"


class TissueClass(Term):
    """What kind of place in the body it is."""

    GLAND = "gland", "An organ whose main work is secretion."
    ORGAN = "organ", "An organ with other main work."
    TISSUE = "tissue", "A tissue found in several organs."
    REGION = "region", "A part of an organ, such as a brain nucleus."
    CELL_TYPE = "cell_type", "A kind of cell."
    ORGANELLE = "organelle", "A part of a cell."
    FLUID = "fluid", "Blood or another fluid."
    BARRIER = "barrier", "Separates two compartments."


class ConditionClass(Term):
    """What kind of state it is."""

    DISEASE = "disease", "A disease with its own cause and course."
    SYNDROME = "syndrome", "A recognised cluster of findings."
    SYMPTOM = "symptom", "What a person feels."
    SIGN = "sign", "What can be seen or measured."
    SIDE_EFFECT = "side_effect", "What a treatment brings about unwanted."
    LIFE_STAGE = "life_stage", "A normal phase of life."
    RISK_STATE = "risk_state", "A state that makes a disease more likely."


class ProcessClass(Term):
    """What kind of process it is."""

    PHYSIOLOGICAL = "physiological", "Something the body does."
    PATHWAY = "pathway", "A chain of molecular steps."
    BEHAVIOUR = "behaviour", "Something a person does."
    EXPOSURE = "exposure", "Something that acts on the body from outside."
    RHYTHM = "rhythm", "Something that recurs in time."
    TRAIT = "trait", "A measurable quantity or capacity of the body, such as bone density."


class SynonymType(Term):
    """How another name relates to the record's name."""

    EXACT = "exact", "Means the same."
    ABBREVIATION = "abbreviation", "A short form."
    BRAND = "brand", "A product's name."
    SYSTEMATIC = "systematic", "A chemical or code name."
    FORMER = "former", "No longer used, or a former id."
    RELATED = "related", "Near in meaning; not the same."


class SourceType(Term):
    """What kind of publication it is."""

    GUIDELINE = "guideline", "Recommendations of a society or agency."
    LABEL = "label", "The approved information on a medicine."
    TEXTBOOK = "textbook", "A standard text."
    REVIEW = "review", "A review, systematic or narrative."
    TRIAL = "trial", "A controlled trial."
    STUDY = "study", "Any other study."
    DATABASE = "database", "A curated database."
    WEB_ARTICLE = "web_article", "An article on the web."


class Tier(Term):
    """How far a source carries."""

    A = "A", "Guideline, label or standard text.", "A"
    B = "B", "Systematic review or randomised trial.", "B"
    C = "C", "Other human study.", "C"
    D = "D", "Animal or in-vitro study.", "D"
    E = "E", "Web article, vendor or unreviewed text.", "E"


class ReferenceVerdict(Term):
    """What looking up a reference that a source lists has shown."""

    VERIFIED = "verified", "The work exists as it is cited."
    CORRECTED = "corrected", "A work exists that is meant; the citation is wrong in parts."
    NOT_VERIFIABLE = "not_verifiable", "No such work was found; it is not passed on as a source."


class Stance(Term):
    """What a source says of a statement."""

    SUPPORTS = "supports", "Says that it holds."
    REFUTES = "refutes", "Says that it does not hold."
    MENTIONS = "mentions", "Bears on it without deciding it."


class Status(Term):
    """How well a statement stands."""

    ESTABLISHED = "established", "In a guideline, label or standard text, undisputed."
    SUPPORTED = "supported", "Human data speak for it."
    PRELIMINARY = "preliminary", "Animal, in-vitro, small or single studies, or a plausible claim not yet checked."
    CONTESTED = "contested", "Good sources disagree."
    REFUTED = "refuted", "A named source says it, and it is wrong."


class HormoneState(Term):
    """Whether there is too much or too little of a hormone."""

    EXCESS = "excess", "Too much of it."
    DEFICIENCY = "deficiency", "Too little of it."


class Effect(Term):
    """What the object does when the subject rises."""

    INCREASE = "increase", "The object rises."
    DECREASE = "decrease", "The object falls."
    NONE = "none", "The object does not change."
    DEPENDS = "depends", "The direction depends on the context."


class Aspect(Term):
    """What of an entity an interaction is about."""

    LEVEL = "level", "Its amount or concentration."
    FREE_LEVEL = "free_level", "The unbound part."
    TOTAL_LEVEL = "total_level", "Bound and unbound together."
    ACTIVITY = "activity", "How strongly it acts."
    EXPRESSION = "expression", "How much of it is made from its gene."
    SECRETION = "secretion", "Its release."
    SYNTHESIS = "synthesis", "Its making."
    CLEARANCE = "clearance", "Its removal."
    SENSITIVITY = "sensitivity", "How strongly a given signal acts on it."
    PULSE_FREQUENCY = "pulse_frequency", "How often it is released in a burst."
    PULSE_AMPLITUDE = "pulse_amplitude", "How large its bursts are."


class InteractionKind(Term):
    """What sort of step an interaction is."""

    REGULATION = "regulation", "One changes the level or activity of the other."
    SECRETION = "secretion", "A tissue releases a substance."
    BINDING = "binding", "A ligand binds a protein."
    CONVERSION = "conversion", "One substance becomes another."
    PHARMACOKINETIC = "pharmacokinetic", "One changes how the body handles the other."
    PHARMACODYNAMIC = "pharmacodynamic", "Two substances act on the same thing, or a drug acts on a target."
    ASSOCIATION = "association", "They go together, without a stated step."


class Predicate(Term):
    """What the subject of an interaction does to its object."""

    effects: tuple[Effect | None, ...]
    biolink: str
    gtopdb: str | None

    def __new__(  # noqa: PLR0913, PLR0917  # one member a line reads best
        cls,
        value: str,
        verb: str,
        meaning: str,
        effects: tuple[Effect | None, ...],
        biolink: str = "affects",
        gtopdb: str | None = None,
    ) -> Self:
        term = str.__new__(cls, value)
        term._value_ = value
        term.label, term.meaning = verb, meaning
        term.effects, term.biolink, term.gtopdb = effects, f"biolink:{biolink}", gtopdb
        return term

    SECRETES = "secretes", "secretes", "A tissue releases a substance.", (Effect.INCREASE,), "produces"
    STIMULATES = "stimulates", "stimulates", "Raises the activity, secretion or synthesis of.", (Effect.INCREASE,)
    INHIBITS = "inhibits", "inhibits", "Lowers the activity, secretion or synthesis of.", (Effect.DECREASE,)
    INCREASES = "increases", "increases", "Raises the level of, by whatever way.", (Effect.INCREASE,)
    DECREASES = "decreases", "decreases", "Lowers the level of, by whatever way.", (Effect.DECREASE,)
    PERMITS = "permits", "permits", "Must be present for it, without driving it.", (None, Effect.INCREASE)
    CONVERTS_TO = (
        "converts_to", "is converted to", "Becomes, in one step.", (Effect.INCREASE,), "has_metabolite",
    )  # fmt: skip
    PRECURSOR_OF = (
        "precursor_of", "is a precursor of", "Becomes, over several steps.", (Effect.INCREASE,), "precursor_of",
    )  # fmt: skip
    DEGRADES = "degrades", "degrades", "Breaks down or inactivates.", (Effect.DECREASE,)
    TRANSPORTS = "transports", "transports", "Carries in blood or across a membrane.", (None, *Effect)
    BINDS = "binds", "binds", "Binds, without stated action.", (None, *Effect), "binds"
    AGONIST_OF = "agonist_of", "is an agonist of", "Binds and activates.", (Effect.INCREASE,), "affects", "Agonist"
    ANTAGONIST_OF = (
        "antagonist_of", "is an antagonist of", "Binds and blocks.", (Effect.DECREASE,), "affects", "Antagonist",
    )  # fmt: skip
    PARTIAL_AGONIST_OF = (
        "partial_agonist_of", "is a partial agonist of", "Binds and activates in part.",
        (Effect.INCREASE, Effect.DEPENDS), "affects", "Partial agonist",
    )  # fmt: skip
    INVERSE_AGONIST_OF = (
        "inverse_agonist_of", "is an inverse agonist of", "Binds and lowers resting activity.",
        (Effect.DECREASE,), "affects", "Inverse agonist",
    )  # fmt: skip
    POSITIVE_ALLOSTERIC_MODULATOR_OF = (
        "positive_allosteric_modulator_of", "is a positive allosteric modulator of",
        "Binds beside the main site and amplifies the response.", (Effect.INCREASE,), "affects", "Positive",
    )  # fmt: skip
    NEGATIVE_ALLOSTERIC_MODULATOR_OF = (
        "negative_allosteric_modulator_of", "is a negative allosteric modulator of",
        "Binds beside the main site and dampens the response.", (Effect.DECREASE,), "affects", "Negative",
    )  # fmt: skip
    INHIBITOR_OF = (
        "inhibitor_of", "is an inhibitor of", "Inhibits an enzyme or transporter.",
        (Effect.DECREASE,), "affects", "Inhibition",
    )  # fmt: skip
    ACTIVATOR_OF = (
        "activator_of", "is an activator of", "Activates an enzyme or channel.",
        (Effect.INCREASE,), "affects", "Activation",
    )  # fmt: skip
    INDUCER_OF = "inducer_of", "induces", "Raises the expression of an enzyme or transporter.", (Effect.INCREASE,)
    CHANNEL_BLOCKER_OF = (
        "channel_blocker_of", "blocks the channel", "Blocks an ion channel.", (Effect.DECREASE,), "affects",
        "Channel blocker",
    )  # fmt: skip
    CHANNEL_OPENER_OF = (
        "channel_opener_of", "opens the channel", "Opens an ion channel.", (Effect.INCREASE,), "affects", "Opener",
    )  # fmt: skip
    ANTIBODY_TO = (
        "antibody_to", "is an antibody to", "Binds as an antibody; say with the aspects what rises and what falls.",
        (Effect.INCREASE, Effect.DECREASE), "affects", "Antibody",
    )  # fmt: skip
    CO_RECEPTOR_OF = (
        "co_receptor_of", "is a co-receptor of", "Must be there for a receptor to work.", (Effect.INCREASE,),
    )  # fmt: skip
    SUBUNIT_OF = "subunit_of", "is a subunit of", "Is one of its chains.", (None,), "part_of"
    EXPRESSED_IN = "expressed_in", "is expressed in", "Is made in a tissue.", (None,), "expressed_in"
    MIMICS = "mimics", "mimics", "Acts as another substance does.", (None,), "similar_to"
    CAUSES = "causes", "causes", "Brings about.", (Effect.INCREASE,), "causes"
    TREATS = "treats", "treats", "Is used against.", (Effect.DECREASE,), "treats"
    MARKER_OF = "marker_of", "is a marker of", "Is measured to learn of.", (None,), "biomarker_for"
    ASSOCIATED_WITH = "associated_with", "is associated with", "Goes with.", (None, *Effect), "associated_with"
    INTERFERES_WITH_ASSAY_OF = (
        "interferes_with_assay_of", "interferes with the assay of", "Falsifies the measurement of.",
        (Effect.INCREASE, Effect.DECREASE, Effect.DEPENDS),
    )  # fmt: skip
    RAISES_EXPOSURE_OF = (
        "raises_exposure_of", "raises the exposure of", "More of the other drug reaches the blood.", (Effect.INCREASE,),
    )  # fmt: skip
    LOWERS_EXPOSURE_OF = (
        "lowers_exposure_of", "lowers the exposure of", "Less of the other drug reaches the blood.", (Effect.DECREASE,),
    )  # fmt: skip
    ADDS_TO_EFFECT_OF = "adds_to_effect_of", "adds to the effect of", "Acts in the same sense.", (Effect.INCREASE,)
    OPPOSES_EFFECT_OF = "opposes_effect_of", "opposes the effect of", "Acts in the opposite sense.", (Effect.DECREASE,)
    CONTRAINDICATED_WITH = (
        "contraindicated_with", "is contraindicated with", "Must not be given together.", (None,),
        "contraindicated_in",
    )  # fmt: skip
    CONTRAINDICATED_IN = (
        "contraindicated_in", "is contraindicated in", "Must not be given in a condition.", (None,),
        "contraindicated_in",
    )  # fmt: skip


LIGAND_PREDICATES = (
    Predicate.AGONIST_OF,
    Predicate.PARTIAL_AGONIST_OF,
    Predicate.ANTAGONIST_OF,
    Predicate.INVERSE_AGONIST_OF,
    Predicate.POSITIVE_ALLOSTERIC_MODULATOR_OF,
    Predicate.NEGATIVE_ALLOSTERIC_MODULATOR_OF,
)
TARGET_PREDICATES = (
    *LIGAND_PREDICATES,
    Predicate.INHIBITOR_OF,
    Predicate.ACTIVATOR_OF,
    Predicate.INDUCER_OF,
    Predicate.CHANNEL_BLOCKER_OF,
    Predicate.CHANNEL_OPENER_OF,
    Predicate.ANTIBODY_TO,
)
"""What a drug may do to a protein."""


class SubstrateEffect(Term):
    """What a conversion does to what it uses up."""

    DEPLETES = "depletes", "The conversion is large enough to lower the substrate."
    NEGLIGIBLE = "negligible", "The substrate's level hardly changes."


class Modulation(Term):
    """What something does to an interaction."""

    ENABLES = "enables", "The interaction needs it."
    AMPLIFIES = "amplifies", "The interaction is stronger with it."
    REDUCES = "reduces", "The interaction is weaker with it."
    BLOCKS = "blocks", "The interaction fails with it."


class Timescale(Term):
    """How long an effect takes to show."""

    SECONDS = "seconds", "Within a minute."
    MINUTES = "minutes", "Within an hour."
    HOURS = "hours", "Within a day."
    DAYS = "days", "Within a week or two."
    WEEKS = "weeks", "Within some months."
    MONTHS = "months", "Over months."
    YEARS = "years", "Over years."


class Severity(Term):
    """How serious an interaction between substances, or of a substance with a condition, is."""

    CONTRAINDICATED = "contraindicated", "Must not be combined."
    MAJOR = "major", "May do serious harm."
    MODERATE = "moderate", "May need a change of dose or monitoring."
    MINOR = "minor", "Rarely matters."
    INFO = "info", "Worth knowing."


class Sex(Term):
    """Biological sex, as sources report it."""

    FEMALE = "female", "Women and girls."
    MALE = "male", "Men and boys."


class LifeStage(Term):
    """A phase of life."""

    FETAL = "fetal", "Before birth."
    INFANT = "infant", "The first year."
    CHILD = "child", "From one year to puberty."
    PUBERTAL = "pubertal", "During puberty."
    ADULT = "adult", "After puberty."
    PREMENOPAUSAL = "premenopausal", "Women before the menopausal transition."
    PERIMENOPAUSAL = "perimenopausal", "Women in the menopausal transition."
    POSTMENOPAUSAL = "postmenopausal", "Women after the last period."
    PREGNANT = "pregnant", "During pregnancy."
    LACTATING = "lactating", "While breast-feeding."
    OLDER_ADULT = "older_adult", "About 65 years and over."


class CyclePhase(Term):
    """A phase of the menstrual cycle."""

    EARLY_FOLLICULAR = "early_follicular", "From the first day of bleeding, about five days."
    LATE_FOLLICULAR = "late_follicular", "While the dominant follicle grows."
    PREOVULATORY = "preovulatory", "The last days before ovulation, with sustained high estradiol."
    OVULATION = "ovulation", "The mid-cycle surge and ovulation."
    LUTEAL = "luteal", "From ovulation to the next bleeding."


class Exposure(Term):
    """How a signal arrives."""

    PULSATILE = "pulsatile", "In physiological pulses."
    CONTINUOUS = "continuous", "Without pause, as from a depot or infusion."
    INTERMITTENT = "intermittent", "With doses well apart."
    SINGLE_DOSE = "single_dose", "Once."


class Phase(Term):
    """Early or late in an exposure."""

    ACUTE = "acute", "In the first hours or days."
    SUSTAINED = "sustained", "After the system has adapted."


class Level(Term):
    """How much of the subject there is."""

    DEFICIENT = "deficient", "Below what the body needs."
    PHYSIOLOGICAL = "physiological", "As in health."
    HIGH = "high", "At the upper end or above, as in disease or at mid-cycle."
    SUPRAPHYSIOLOGICAL = "supraphysiological", "Above anything the body makes by itself."


class Species(Term):
    """Where something was shown."""

    HUMAN = "human", "In people."
    PRIMATE = "primate", "In other primates."
    RODENT = "rodent", "In rats or mice."
    OTHER_ANIMAL = "other_animal", "In other animals."
    IN_VITRO = "in_vitro", "In cells or tissue outside the body."


class Route(Term):
    """How a substance is given."""

    ORAL = "oral", "Swallowed."
    BUCCAL = "buccal", "Held in the mouth."
    SUBLINGUAL = "sublingual", "Under the tongue."
    INTRAMUSCULAR = "intramuscular", "Injected into muscle."
    SUBCUTANEOUS = "subcutaneous", "Injected under the skin."
    INTRAVENOUS = "intravenous", "Into a vein."
    TRANSDERMAL = "transdermal", "Through the skin, as gel, cream or patch."
    IMPLANT = "implant", "Placed under the skin, as a pellet or rod."
    INTRANASAL = "intranasal", "Into the nose."
    VAGINAL = "vaginal", "Into the vagina."
    INTRAUTERINE = "intrauterine", "Into the uterus."
    RECTAL = "rectal", "Into the rectum."
    TOPICAL = "topical", "Onto the skin for a local effect."
    INHALED = "inhaled", "Into the lungs."


class UseStatus(Term):
    """How well a use is founded."""

    APPROVED = "approved", "Approved by a regulator for this use."
    OFF_LABEL = "off_label", "An approved drug used beyond its approval, with some evidence."
    INVESTIGATIONAL = "investigational", "Under study."
    ANECDOTAL = "anecdotal", "Reported without controlled human evidence."


class Jurisdiction(Term):
    """Whose rule it is."""

    US = "us", "United States (Food and Drug Administration).", "US"
    EU = "eu", "European Union (European Medicines Agency or member states).", "EU"
    UK = "uk", "United Kingdom.", "UK"
    CA = "ca", "Canada.", "Canada"
    AU = "au", "Australia.", "Australia"
    JP = "jp", "Japan.", "Japan"


class RegulatoryStatus(Term):
    """What a regulator says of a substance."""

    APPROVED = "approved", "A product with it is approved and marketed."
    DISCONTINUED = "discontinued", "Was approved; no longer marketed."
    WITHDRAWN = "withdrawn", "Approval withdrawn for safety or efficacy."
    INVESTIGATIONAL = "investigational", "In clinical trials; no approved product."
    NOT_APPROVED = "not_approved", "No approved product and no known trial programme."
    COMPOUNDED = "compounded", "Dispensed as compounded preparations without approval of a product."
    CONTROLLED = "controlled", "A controlled substance."
    SUPPLEMENT = "supplement", "Sold as a supplement."


class AntidopingStatus(Term):
    """Whether athletes may use it."""

    PROHIBITED = "prohibited", "Prohibited at all times."
    PROHIBITED_IN_COMPETITION = "prohibited_in_competition", "Prohibited in competition only."
    PROHIBITED_MALES = "prohibited_males", "Prohibited at all times in males."
    NOT_PROHIBITED = "not_prohibited", "Not on the list."


class ResidueChange(Term):
    """A change of a peptide's residue or end, with the atoms it adds or removes.

    Where the sequence shows `X`, which adds nothing by itself, the change gives the atoms of the whole residue.
    """

    formula: str | None

    def __new__(cls, value: str, label: str, formula: str | None, meaning: str) -> Self:
        term = str.__new__(cls, value)
        term._value_ = value
        term.label, term.formula, term.meaning = label, formula, meaning
        return term

    AMIDE = "amide", "C-terminal amide", "N1H1O-1", "The C-terminal acid is an amide: OH becomes NH2."
    ACETYL = "acetyl", "N-terminal acetyl", "C2H2O1", "An acetyl group on the N-terminus."
    PYROGLUTAMATE = "pyroglutamate", "pyroglutamate", "C5H5N1O2", "Cyclised glutamate at the N-terminus, as X."
    D_RESIDUE = "d_residue", "D-residue", "", "The residue has the D configuration."
    AIB = "aib", "2-aminoisobutyric acid", "C4H7N1O1", "2-Aminoisobutyric acid, as X."
    D_2_NAPHTHYLALANINE = "d_2_naphthylalanine", "D-2-naphthylalanine", "C13H11N1O1", "As X."
    D_2_METHYLTRYPTOPHAN = "d_2_methyltryptophan", "D-2-methyltryptophan", "C12H12N2O1", "As X."
    NORLEUCINE = "norleucine", "norleucine", "C6H11N1O1", "As X."
    LACTAM = "lactam", "side-chain lactam", "H-2O-1", "An amide between two side chains, which sets water free."
    HEXENOYL = "trans_3_hexenoyl", "trans-3-hexenoyl", "C6H8O1", "An acyl group on the N-terminus."
    OCTANOYL = "octanoyl", "octanoyl", "C8H14O1", "An acyl group on a serine."
    O_TERT_BUTYL_D_SERINE = "o_tert_butyl_d_serine", "O-tert-butyl-D-serine", "C7H13N1O2", "As X."
    ALCOHOL = "alcohol", "C-terminal alcohol", "H2O-1", "The C-terminal acid is an alcohol."
    ETHYLAMIDE = "ethylamide", "C-terminal ethylamide", "C2H5N1O-1", "The C-terminal acid is an ethylamide."
    MALEIMIDOPROPIONYL_LYSINE = (
        "maleimidopropionyl_lysine", "N6-(3-maleimidopropionyl)-lysine", "C13H17N3O4",
        "Lysine with a maleimide that binds albumin, as X.",
    )  # fmt: skip
    GLYCOSYLATED = "glycosylated", "glycosylated", None, "Carries sugar chains of varying mass."
    OTHER = "other", "other", None, "Another change; say what in the note, and its atoms in `formula`."


class Fraction(Term):
    """Which part of a substance a test measures."""

    TOTAL = "total", "Bound and unbound."
    FREE = "free", "Unbound."
    BIOAVAILABLE = "bioavailable", "Unbound and loosely bound."
    BOUND = "bound", "Bound."


class MeasuredQuantity(Term):
    """What a test reports."""

    CONCENTRATION = "concentration", "An amount per volume or mass."
    ACTIVITY = "activity", "What an enzyme or hormone does."
    FRACTION = "fraction", "A part of a whole."
    MORPHOLOGY = "morphology", "A count or a form."


class Specimen(Term):
    """What is tested."""

    SERUM = "serum", "Serum."
    PLASMA = "plasma", "Plasma."
    WHOLE_BLOOD = "whole_blood", "Whole blood."
    URINE = "urine", "Urine."
    SALIVA = "saliva", "Saliva."
    SEMEN = "semen", "Semen."
    IMAGING = "imaging", "An image of the body."


class Direction(Term):
    """Which way a measurement is falsified."""

    FALSELY_HIGH = "falsely_high", "The result is too high."
    FALSELY_LOW = "falsely_low", "The result is too low."
    EITHER = "either", "Either way, by assay."


class LoopClass(Term):
    """Which stations a feedback loop joins."""

    LONG = "long", "From the target gland to the pituitary or hypothalamus."
    SHORT = "short", "From the pituitary to the hypothalamus."
    ULTRASHORT = "ultrashort", "On the cell of origin."
    LOCAL = "local", "Within one tissue."
    METABOLIC = "metabolic", "Through a nutrient, an ion or another regulated quantity."


class Goal(Term):
    """What a protocol is for."""

    TESTOSTERONE_REPLACEMENT = "testosterone_replacement", "Bring testosterone to the range of healthy young men."
    TESTOSTERONE_IN_WOMEN = "testosterone_in_women", "Testosterone for women, in the female range."
    FERTILITY = "fertility", "Restore sperm or egg production."
    AXIS_RECOVERY = "axis_recovery", "Restart the body's own production after suppression."
    GROWTH_HORMONE_SUPPORT = "growth_hormone_support", "Raise growth hormone by secretagogues."
    MENOPAUSAL_SYMPTOMS = "menopausal_symptoms", "Relieve symptoms of the menopause."
    SEXUAL_HEALTH = "sexual_health", "Improve desire or sexual function."
    TISSUE_REPAIR = "tissue_repair", "Support healing."
    METABOLIC_HEALTH = "metabolic_health", "Improve glucose or fat metabolism."


class ComponentRole(Term):
    """What a component is for within its protocol."""

    REPLACEMENT = "replacement", "Replaces what the body lacks."
    GONADOTROPIN_SUPPORT = "gonadotropin_support", "Keeps LH and FSH, or their action, going."
    ESTROGEN_CONTROL = "estrogen_control", "Limits conversion to estrogen."
    ENDOMETRIAL_PROTECTION = "endometrial_protection", "Protects the endometrium from unopposed estrogen."
    SECRETAGOGUE = "secretagogue", "Makes a gland release its own hormone."
    PRIMARY = "primary", "The main agent, where no other role fits."
    ADJUNCT = "adjunct", "Added to the main agent."


class DosePer(Term):
    """What a dose is counted by."""

    DOSE = "dose", "Each administration."
    DAY = "day", "A day."
    WEEK = "week", "A week."
    MONTH = "month", "A month."
    COURSE = "course", "The whole course."
    KG = "kg", "Each administration, per kilogram of body weight."
    KG_DAY = "kg_day", "A day, per kilogram of body weight."


class Category(Term):
    """What a glossary entry is about."""

    HORMONES = "hormones", "Hormones and their precursors."
    PEPTIDES = "peptides", "Peptide drugs and research peptides."
    DRUGS = "drugs", "Other drugs."
    ANATOMY = "anatomy", "Glands, organs and cells."
    RECEPTORS = "receptors", "Receptors, enzymes and other proteins."
    PHYSIOLOGY = "physiology", "How the body works."
    REGULATION = "regulation", "Axes, feedback and rhythm."
    METABOLISM = "metabolism", "Energy, glucose, fat and protein."
    PHARMACOLOGY = "pharmacology", "How drugs act and are handled."
    THERAPY = "therapy", "Treatments and protocols."
    LABORATORY = "laboratory", "Tests and what they show."
    CONDITIONS = "conditions", "Diseases, symptoms and signs."
    REPRODUCTION = "reproduction", "Sex, fertility and the cycle."
    SLEEP = "sleep", "Sleep and the body clock."
    EVIDENCE = "evidence", "How knowledge is weighed."


class Unit(Term):
    """A unit of measurement."""

    MINUTE = "min", "Minute.", "min"
    HOUR = "h", "Hour.", "h"
    DAY = "d", "Day.", "d"
    WEEK = "wk", "Week.", "wk"
    MONTH = "mo", "Month.", "mo"
    YEAR = "yr", "Year.", "yr"
    G = "g", "Gram.", "g"
    MG = "mg", "Milligram.", "mg"
    UG = "µg", "Microgram.", "µg"
    IU = "IU", "International unit.", "IU"
    ML = "mL", "Millilitre.", "mL"
    INSULIN_UNIT_MARK = (
        "syringe unit",
        "A mark on a U-100 insulin syringe: 0.01 mL, not a dose by itself.",
        "syringe unit",
    )
    MG_PER_ML = "mg/mL", "Milligram per millilitre.", "mg/mL"
    G_PER_DL = "g/dL", "Gram per decilitre.", "g/dL"
    G_PER_L = "g/L", "Gram per litre.", "g/L"
    MG_PER_DL = "mg/dL", "Milligram per decilitre.", "mg/dL"
    MG_PER_L = "mg/L", "Milligram per litre.", "mg/L"
    UG_PER_DL = "µg/dL", "Microgram per decilitre.", "µg/dL"
    UG_PER_L = "µg/L", "Microgram per litre.", "µg/L"
    NG_PER_DL = "ng/dL", "Nanogram per decilitre.", "ng/dL"
    NG_PER_ML = "ng/mL", "Nanogram per millilitre.", "ng/mL"
    NG_PER_L = "ng/L", "Nanogram per litre.", "ng/L"
    PG_PER_ML = "pg/mL", "Picogram per millilitre.", "pg/mL"
    MMOL_PER_L = "mmol/L", "Millimole per litre.", "mmol/L"
    UMOL_PER_L = "µmol/L", "Micromole per litre.", "µmol/L"
    NMOL_PER_L = "nmol/L", "Nanomole per litre.", "nmol/L"
    PMOL_PER_L = "pmol/L", "Picomole per litre.", "pmol/L"
    IU_PER_L = "IU/L", "International unit per litre.", "IU/L"
    MIU_PER_ML = "mIU/mL", "Milli-international unit per millilitre.", "mIU/mL"
    MIU_PER_L = "mIU/L", "Milli-international unit per litre.", "mIU/L"
    UIU_PER_ML = "µIU/mL", "Micro-international unit per millilitre.", "µIU/mL"
    U_PER_L = "U/L", "Unit of enzyme activity per litre.", "U/L"
    PERCENT = "%", "Percent.", "%"
    RATIO = "1", "A number without a unit.", "1"
    L_PER_L = "L/L", "Litre per litre.", "L/L"
    MMOL_PER_MOL = "mmol/mol", "Millimole per mole.", "mmol/mol"
    MILLION_PER_ML = "10^6/mL", "Million per millilitre.", "10^6/mL"
    PER_H = "1/h", "Per hour.", "1/h"
    KG_PER_M2 = "kg/m2", "Kilogram per square metre.", "kg/m2"
    G_PER_CM2 = "g/cm2", "Gram per square centimetre.", "g/cm2"
    MG_PER_D = "mg/d", "Milligram a day.", "mg/d"
    UG_PER_D = "µg/d", "Microgram a day.", "µg/d"
    UG_PER_KG = "µg/kg", "Microgram per kilogram.", "µg/kg"


def vocabularies() -> list[type[Term]]:
    """Every enumeration, those that resources declare for themselves included."""
    return sorted(Term.__subclasses__(), key=lambda vocabulary: vocabulary.__name__)
