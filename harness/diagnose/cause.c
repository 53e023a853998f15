#include "diagnose/cause.h"

#include <string.h>

const struct cause causes[] = {
	{ "environment-drift",
	  { "Another stack with the same data gave another result: something "
	    "of the place where it runs reaches it (packages, the image, the "
	    "host's name, a folder's path, a file that was left there).",
	    "Une autre pile avec les mêmes données donne un autre résultat : "
	    "quelque chose du lieu où il tourne l'atteint (paquets, image, "
	    "nom d'hôte, chemin d'un dossier, fichier qui y est resté)." },
	  { "Take everything from the data, AS_OF and constants, and pin every "
	    "package, the transitive ones too.",
	    "Ne prenez rien que des données, de AS_OF et de constantes, et "
	    "figez chaque paquet, y compris les dépendances indirectes." } },
	{ "features-past-as-of",
	  { "The training reads features that a later ingestion replaced: "
	    "nothing bounds them by AS_OF.",
	    "L'entraînement lit des features qu'une ingestion ultérieure a "
	    "remplacées : rien ne les borne à AS_OF." },
	  { "Read the features from snapshots stamped with AS_OF.",
	    "Lisez les features dans des instantanés datés par AS_OF." } },
	{ "flaky",
	  { "The same training, in the same state, gives different results.",
	    "Le même entraînement, dans le même état, donne des résultats "
	    "différents." },
	  { "Find what is random and give it a seed.",
	    "Trouvez ce qui est aléatoire et donnez-lui une graine." } },
	{ "hard-coded",
	  { "The training data was shown to change and the result did not, "
	    "twice.",
	    "Les données d'entraînement ont changé et le résultat non, deux "
	    "fois." },
	  { "Compute the result from the data.",
	    "Calculez le résultat à partir des données." } },
	{ "hash-order",
	  { "The order of a set or dictionary of strings reaches the result.",
	    "L'ordre d'un ensemble ou dictionnaire de chaînes atteint le "
	    "résultat." },
	  { "Sort before you iterate.", "Triez avant d'itérer." } },
	{ "labels-not-versioned",
	  { "The training reads labels that carry no date; a later ingestion "
	    "replaced them.",
	    "L'entraînement lit des étiquettes sans date ; une ingestion "
	    "ultérieure les a remplacées." },
	  { "Keep (user_id, as_of, label) in a snapshot table at ingestion, as "
	    "for the features, and read it at AS_OF.",
	    "Conservez (user_id, as_of, label) dans un instantané à "
	    "l'ingestion, comme pour les features, et lisez-le à AS_OF." } },
	{ "metrics-not-from-model",
	  { "Another model was logged with the same metrics: they do not come "
	    "from it.",
	    "Un autre modèle porte les mêmes métriques : elles ne viennent pas "
	    "de lui." },
	  { "Compute the metrics from this run's model on its validation part.",
	    "Calculez les métriques avec le modèle de ce run sur sa partie de "
	    "validation." } },
	{ "rows-unordered",
	  { "Nothing orders the rows that reach the split: another physical "
	    "order of the same rows gives another model.",
	    "Rien n'ordonne les lignes qui arrivent au découpage : un autre "
	    "ordre physique des mêmes lignes donne un autre modèle." },
	  { "Sort by a unique key after the join, before the split.",
	    "Triez par une clé unique après la jointure, avant le "
	    "découpage." } },
	{ "seed-missing-model",
	  { "The model is fitted without a seed.",
	    "Le modèle est ajusté sans graine." },
	  { "Give the model a fixed random_state.",
	    "Donnez au modèle un random_state fixe." } },
	{ "seed-missing-split",
	  { "The rows are split without a seed.",
	    "Les lignes sont découpées sans graine." },
	  { "Give train_test_split a fixed random_state.",
	    "Donnez à train_test_split un random_state fixe." } },
	{ "state-kept",
	  { "Something kept from an earlier run reaches the result.",
	    "Quelque chose gardé d'une exécution précédente atteint le "
	    "résultat." },
	  { "Start each training from its inputs alone.",
	    "Partez uniquement des entrées à chaque entraînement." } },
	{ "threads",
	  { "The number of threads changes the last bits of a sum.",
	    "Le nombre de threads change les derniers bits d'une somme." },
	  { "Compare with a tolerance, or fix n_jobs.",
	    "Comparez avec une tolérance, ou fixez n_jobs." } },
	{ "time-zone-or-locale",
	  { "The time zone or the locale reaches the result.",
	    "Le fuseau horaire ou la locale atteint le résultat." },
	  { "Use UTC and a fixed locale.",
	    "Utilisez UTC et une locale fixe." } },
	{ "unknown",
	  { "The results differ and no cause was found.",
	    "Les résultats diffèrent et aucune cause n'a été trouvée." },
	  { NULL, NULL } },
	{ "wall-clock",
	  { "The time of day reaches the result.",
	    "L'heure atteint le résultat." },
	  { "Take the date from AS_OF.", "Prenez la date de AS_OF." } },
};
const size_t cause_count = ARRAY_SIZE(causes);

const struct cause *cause_find(const char *id)
{
	for (size_t i = 0; i < cause_count; i++)
		if (!strcmp(causes[i].id, id))
			return &causes[i];
	return NULL;
}
