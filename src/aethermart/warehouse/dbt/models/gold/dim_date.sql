-- Grain: one day of the calendar, 2000 to 2049.
SELECT
  date_day,
  CAST(EXTRACT(YEAR FROM date_day) AS BIGINT) AS year,
  CAST(EXTRACT(QUARTER FROM date_day) AS BIGINT) AS quarter,
  CAST(EXTRACT(MONTH FROM date_day) AS BIGINT) AS month,
  CAST(EXTRACT(DAY FROM date_day) AS BIGINT) AS day_of_month,
  {{ format_date('date_day', '%G-W%V') }} AS iso_week,
  {{ format_date('date_day', '%Y-%m') }} AS year_month,
  CAST(EXTRACT(ISODOW FROM date_day) AS BIGINT) AS iso_weekday,
  EXTRACT(ISODOW FROM date_day) >= 6 AS is_weekend
FROM (
  {{ calendar_days('2000-01-01', '2050-01-01') }}
) AS days
