"""Look for the best parameters of a random forest by cross-validation.

needs: scikit-learn, numpy
hot: 35
parallel: yes
reason: every fit has its own seed; the best score is found afterwards
"""

import warnings

from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_score

warnings.filterwarnings("ignore")

DEPTHS = [2, 4, 8, None]
TREES = [10, 15, 25]
FEATURES = ["sqrt", 0.5]


def evaluate(depth, trees, features, data, target):
    model = RandomForestClassifier(
        n_estimators=trees, max_depth=depth, max_features=features, random_state=0, n_jobs=1
    )
    folds = StratifiedKFold(n_splits=3, shuffle=True, random_state=1)
    return cross_val_score(model, data, target, cv=folds, n_jobs=1).mean()


data, target = make_classification(
    n_samples=500, n_features=16, n_informative=8, flip_y=0.1, random_state=4
)

results = []
for depth in DEPTHS:
    for trees in TREES:
        for features in FEATURES:
            score = evaluate(depth, trees, features, data, target)
            results.append((round(score, 4), str(depth), trees, str(features)))

results.sort(reverse=True)
print("score   depth  trees  features")
for score, depth, trees, features in results[:8]:
    print(f"{score:.4f}  {depth:>5}  {trees:>5}  {features}")
