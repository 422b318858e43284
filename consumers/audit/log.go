package audit

import (
	"context"
	"fmt"
)

// identitiesQuery looks at the log as readers do, partition by partition, so that an identity in two of them is seen twice.
func identitiesQuery(condition string) string {
	return `
SELECT sum(seen), sum(contents > 1), sum(toUInt64(seen - contents)),
    groupArrayIf(20)(toString(tenant), seen > contents), groupArrayIf(20)(source, seen > contents), groupArrayIf(20)(id, seen > contents)
FROM
(
    SELECT tenant, toString(source) AS source, id, count() AS seen, uniqExact(content_hash) AS contents
    FROM events FINAL
    WHERE ` + condition + `
    GROUP BY tenant, source, id
)
SETTINGS do_not_merge_across_partitions_select_final = 1`
}

// identities counts what the log of a piece shows: identities, ids with several contents, and identities that are seen twice.
func (a *Auditor) identities(ctx context.Context, report *Report, p part) error {
	rows, err := a.query(ctx, identitiesQuery(p.within("cityHash64(id)")))
	if err != nil {
		return fmt.Errorf("look for identities that are there twice: %w", err)
	}
	defer rows.Close() //nolint:errcheck // its only row is read, or the error is returned
	var seen, conflicts, duplicates uint64
	var tenants, sources, ids []string
	for rows.Next() {
		if err := rows.Scan(&seen, &conflicts, &duplicates, &tenants, &sources, &ids); err != nil {
			return fmt.Errorf("look for identities that are there twice: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("look for identities that are there twice: %w", err)
	}
	report.Stored += seen - duplicates
	report.Conflicts += conflicts
	report.Duplicates += duplicates
	for i, tenant := range tenants {
		report.add(Difference{
			Kind: KindDuplicate, Tenant: tenant, Where: fmt.Sprintf("source %s, id %s", sources[i], ids[i]),
			Sentence: "the log shows one event more than once",
		})
	}
	if more := duplicates - min(duplicates, uint64(len(tenants))); more > 0 {
		report.Counts[KindDuplicate] += more
	}
	return nil
}
