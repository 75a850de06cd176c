### A case written as Markdown or as text, in the FSG's printed form.

doc-case = Case { $number }
doc-facts = Facts
doc-facts-date = Date of the facts: { $date }
doc-intervention = Intervention
doc-outcome = Outcome
doc-proposal = The model's proposal
doc-predicted = Predicted outcome
doc-predicted-notice = The model's prediction, trained on a sentiment label; it is no legal advice.
doc-generated = Generated text, not reviewed. Model: { $model }. Date: { $date }.
doc-generated-adapter = Generated text, not reviewed. Model: { $model }. Adapter: { $adapter }. Date: { $date }.
doc-generated-unknown = Generated text, not reviewed.
doc-empty = (not filled in)
