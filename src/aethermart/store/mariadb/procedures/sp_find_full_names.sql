-- Write shortened words in names out (`Blk Kettle`, `Org. Pillow`), as docs/cleansing.md has it.
-- Reads the temporary table cleansing_names (id, name, category_id); makes cleansing_full_names
-- (id, name, full_name) of those that have one.
-- The names themselves are the dictionary. A word is shortened where it ends in a full stop, or has
-- no vowel behind its first letter; what it stands for is a word of at least three names, twice as
-- frequent as itself, that it begins or whose consonants it has. Another name must have that word
-- beside the same word or, for three letters and more, in the same category (four letters speak for
-- themselves); and no other word may fit as well. Else the name stays.
-- Grain: one name. Errors: none.
CREATE OR REPLACE PROCEDURE sp_find_full_names()
MODIFIES SQL DATA
BEGIN
    DECLARE v_vowel VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
        DEFAULT '[aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýąęőű]';
    CREATE OR REPLACE TEMPORARY TABLE full_words (INDEX (bare), INDEX (id, place)) AS
    SELECT
        n.id,
        n.category_id,
        w.place,
        w.word,
        REGEXP_REPLACE(LOWER(w.word), '[.]+$', '') AS bare,
        w.word LIKE '%.' AS dotted
    FROM cleansing_names AS n
    INNER JOIN JSON_TABLE(
        CONCAT('[', REPLACE(JSON_QUOTE(n.name), ' ', '","'), ']'),
        '$[*]' COLUMNS (
            place FOR ORDINALITY,
            word VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$'
        )
    ) AS w;
    CREATE OR REPLACE TEMPORARY TABLE full_told (INDEX (bare)) AS
    SELECT
        w.*,
        LAG(w.bare) OVER (PARTITION BY w.id ORDER BY w.place) AS word_before,
        LEAD(w.bare) OVER (PARTITION BY w.id ORDER BY w.place) AS word_after
    FROM full_words AS w;

    CREATE OR REPLACE TEMPORARY TABLE full_counted (INDEX (bare)) AS
    SELECT
        c.bare,
        c.dotted,
        SUBSTR(c.bare, 2) REGEXP v_vowel AS is_said,
        CHAR_LENGTH(c.bare) AS letters,
        SUM(c.names) AS names,
        MAX(IF(c.nth = 1, c.word, NULL)) AS usual
    FROM (
        SELECT
            s.*,
            ROW_NUMBER() OVER (PARTITION BY s.bare, s.dotted ORDER BY s.names DESC, s.word DESC) AS nth
        FROM (
            SELECT t.bare, t.dotted, t.word, COUNT(DISTINCT t.id) AS names
            FROM full_words AS t
            WHERE t.bare REGEXP '^\\p{L}{2,}$'
            GROUP BY t.bare, t.dotted, t.word
        ) AS s
    ) AS c
    GROUP BY c.bare, c.dotted;

    CREATE OR REPLACE TEMPORARY TABLE full_shortened AS
    SELECT s.*, fn_skeleton(s.bare) AS skeleton
    FROM full_counted AS s
    LEFT JOIN full_counted AS plain
        ON plain.bare = s.bare AND NOT plain.dotted AND plain.is_said
    WHERE s.bare NOT IN (
        'no', 'nr', 'st', 'dr', 'mr', 'mrs', 'ms', 'jr', 'sr', 'vol', 'ed', 'co', 'inc', 'ltd', 'art',
        'approx', 'incl', 'max', 'min', 'pvc', 'usb', 'dvd', 'mdf', 'lcd', 'xxl', 'xxxl', 'bbq', 'rgb',
        'ssd', 'gps', 'tpu', 'hdmi', 'cctv', 'www'
    )
        AND (s.dotted AND plain.bare IS NULL OR NOT s.is_said AND s.letters >= 3);

    CREATE OR REPLACE TEMPORARY TABLE full_fitting (INDEX (bare)) AS
    SELECT
        s.bare,
        s.dotted,
        k.bare AS whole,
        k.usual,
        s.dotted AND s.letters >= 4 OR s.letters >= 4 AND s.skeleton = fn_skeleton(k.bare) AS speaks
    FROM full_shortened AS s
    INNER JOIN full_counted AS k ON LEFT(k.bare, 1) = LEFT(s.bare, 1)
    WHERE NOT k.dotted
        AND k.is_said
        AND k.letters >= 4
        AND k.letters > s.letters
        AND k.names >= 3
        AND k.names >= 2 * s.names
        AND (
            s.dotted
            AND k.letters >= s.letters + 2
            AND LEFT(k.bare, s.letters) = s.bare
            AND SUBSTR(k.bare, s.letters + 1) NOT IN (
                'es', 'ed', 'er', 'ers', 'en', 'ing', 'ly', 'al', 'ish', 'less', 'ful', 'ness'
            )
            OR NOT s.is_said
            AND s.letters >= 3
            AND 3 * s.letters >= 2 * CHAR_LENGTH(fn_skeleton(k.bare))
            AND k.bare REGEXP CONCAT('^', REGEXP_REPLACE(s.bare, '(.)(?!$)', '\\1.*'), v_vowel, '*$')
        );
    CREATE OR REPLACE TEMPORARY TABLE full_alone (INDEX (bare)) AS
    SELECT f.bare, f.dotted, COUNT(*) = 1 AND MIN(f.speaks) AS speaks
    FROM full_fitting AS f
    GROUP BY f.bare, f.dotted;

    CREATE OR REPLACE TEMPORARY TABLE full_written (INDEX (id, place)) AS
    SELECT u.id, u.place, MIN(u.usual) AS usual
    FROM (
        SELECT DISTINCT t.id, t.place, f.whole, f.usual
        FROM full_told AS t
        INNER JOIN full_fitting AS f ON f.bare = t.bare AND f.dotted = t.dotted
        INNER JOIN full_alone AS a ON a.bare = f.bare AND a.dotted = f.dotted
        -- A number is counted, not named: `No. 5`.
        WHERE NOT (t.dotted AND COALESCE(t.word_after, '') REGEXP '^[0-9]')
            AND (
                a.speaks
                OR EXISTS (
                    SELECT 1 FROM full_told AS b
                    WHERE b.bare = f.whole AND NOT b.dotted AND b.word_before = t.word_before
                        AND CHAR_LENGTH(b.word_before) >= 3
                        AND b.word_before NOT IN ('and', 'the', 'for', 'with', 'und', 'mit', 'von', 'des', 'les', 'con', 'per')
                )
                OR EXISTS (
                    SELECT 1 FROM full_told AS b
                    WHERE b.bare = f.whole AND NOT b.dotted AND b.word_after = t.word_after
                        AND CHAR_LENGTH(b.word_after) >= 3
                        AND b.word_after NOT IN ('and', 'the', 'for', 'with', 'und', 'mit', 'von', 'des', 'les', 'con', 'per')
                )
                OR CHAR_LENGTH(t.bare) >= 3 AND EXISTS (
                    SELECT 1 FROM full_told AS b
                    WHERE b.bare = f.whole AND NOT b.dotted AND b.category_id = t.category_id
                )
            )
    ) AS u
    GROUP BY u.id, u.place
    HAVING COUNT(*) = 1;

    CREATE OR REPLACE TEMPORARY TABLE cleansing_full_names (PRIMARY KEY (id)) AS
    SELECT
        t.id,
        CAST(GROUP_CONCAT(t.word ORDER BY t.place SEPARATOR ' ') AS CHAR(500)) AS name,
        CAST(GROUP_CONCAT(COALESCE(w.usual, t.word) ORDER BY t.place SEPARATOR ' ') AS CHAR(500)) AS full_name
    FROM full_words AS t
    LEFT JOIN full_written AS w ON w.id = t.id AND w.place = t.place
    GROUP BY t.id
    HAVING COUNT(w.usual) > 0;
    DROP TEMPORARY TABLE full_words, full_told, full_counted, full_shortened, full_fitting, full_alone, full_written;
END;
