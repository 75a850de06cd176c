### Un caso escrito como Markdown o como texto, en la forma impresa de la FSG.

doc-case = Caso { $number }
doc-facts = Hechos
doc-facts-date = Fecha de los hechos: { $date }
doc-intervention = Intervención
doc-outcome = Resultado
doc-proposal = Propuesta del modelo
doc-predicted = Resultado previsto
doc-predicted-notice = Previsión del modelo, entrenado con una etiqueta de sentimiento; no es asesoramiento jurídico.
doc-generated = Texto generado, sin revisar. Modelo: { $model }. Fecha: { $date }.
doc-generated-adapter = Texto generado, sin revisar. Modelo: { $model }. Adaptador: { $adapter }. Fecha: { $date }.
doc-generated-unknown = Texto generado, sin revisar.
doc-empty = (sin rellenar)
