"""What electricity emits: by country, and by the hour.

carbon  grams by country, from a table in the package
hours   when work emits least, and jobs under deadlines
"""
