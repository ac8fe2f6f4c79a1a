column cache_claims.volume_id text collate C not null
column cache_claims.pool text collate C not null
column cache_claims.generation integer not null
column cache_claims.stage text collate C not null
column cache_claims.since timestamp with time zone not null
column cache_entries.pool text collate C not null
column cache_entries.generation integer not null
column cache_entries.content text collate C not null
column cache_entries.image_id text collate C not null
column cache_entries.image_name text
column cache_entries.image_volume_id text collate C not null
column cache_entries.size_gib integer not null
column cache_entries.status text collate C not null
column cache_entries.retire_reason text collate C
column cache_entries.failure jsonb
column cache_entries.host text collate C not null
column cache_entries.incarnation text collate C not null
column cache_entries.attempt integer not null
column cache_entries.filled_for text collate C
column cache_entries.internal_project_id text collate C not null
column cache_entries.internal_user_id text collate C not null
column cache_entries.digest text collate C
column cache_entries.verified_by text collate C
column cache_entries.bytes_downloaded bigint not null
column cache_entries.bytes_written bigint not null
column cache_entries.durations_ms jsonb not null
column cache_entries.hits bigint not null
column cache_entries.last_used_at timestamp with time zone not null
column cache_entries.created_at timestamp with time zone not null
column cache_entries.ready_at timestamp with time zone
column cache_entries.retired_at timestamp with time zone
column cache_entries.reaped_at timestamp with time zone
column cache_entries.updated_at timestamp with time zone not null
column cache_entries.content_digest text collate C
column cache_entries.signature text collate C
column cache_entries.ignored_checks jsonb
column cache_entries.source jsonb
column cache_entries.verified_at timestamp with time zone
column cache_entries.corruption jsonb
column cache_pools.pool text collate C not null
column cache_pools.state text collate C
column cache_pools.reason text
column cache_pools.max_size_gib integer
column cache_pools.max_count integer
column cache_pools.size_gib bigint not null
column cache_pools.filling_count integer not null
column cache_pools.ready_count integer not null
column cache_pools.retired_gib bigint not null
column cache_pools.retired_count integer not null
column cache_pools.hits bigint not null
column cache_pools.joined bigint not null
column cache_pools.misses bigint not null
column cache_pools.evictions bigint not null
column cache_pools.fills_failed bigint not null
column cache_pools.bytes_downloaded bigint not null
column cache_pools.updated_at timestamp with time zone not null
column cache_pools.bytes_from_peers bigint not null default 0
column cache_uses.volume_id text collate C not null
column cache_uses.pool text collate C not null
column cache_uses.generation integer not null
column cache_uses.image_id text collate C not null
column cache_uses.outcome text collate C not null
column cache_uses.failed boolean not null
column cache_uses.project_id text collate C not null
column cache_uses.user_id text collate C not null
column cache_uses.size_gib integer not null
column cache_uses.volume_type text not null
column cache_uses.request_id text collate C
column cache_uses.used_at timestamp with time zone not null
column project_usage.project_id text collate C not null
column project_usage.volumes integer not null
column project_usage.gigabytes bigint not null
column projection_checkpoints.name text collate C not null
column projection_checkpoints.generation integer not null
column projection_checkpoints.sequence bigint not null
column projection_checkpoints.commit_id text collate C
column projection_checkpoints.commit_digest text collate C
column projection_checkpoints.running_hash text collate C not null
column projection_checkpoints.updated_at timestamp with time zone not null
column quota_limits.project_id text collate C not null
column quota_limits.volumes integer
column quota_limits.gigabytes integer
column quota_limits.per_volume_gigabytes integer
column quota_reservations.volume_id text collate C not null
column quota_reservations.project_id text collate C not null
column quota_reservations.gigabytes integer not null
column quota_reservations.created_at timestamp with time zone not null
column volume_types.id text collate C not null
column volume_types.name text collate C not null
column volume_types.description text
column volume_types.is_public boolean not null
column volume_types.extra_specs jsonb not null
column volume_types.created_at timestamp with time zone not null
column volume_types.updated_at timestamp with time zone
column volumes.id text collate C not null
column volumes.project_id text collate C not null
column volumes.user_id text collate C not null
column volumes.name text
column volumes.description text
column volumes.status text collate C not null
column volumes.size_gib integer not null
column volumes.volume_type_id text collate C
column volumes.volume_type_name text
column volumes.availability_zone text
column volumes.host text collate C
column volumes.bootable boolean not null
column volumes.internal boolean not null
column volumes.metadata jsonb not null
column volumes.image_metadata jsonb not null
column volumes.image_id text collate C
column volumes.failure jsonb
column volumes.decision jsonb
column volumes.placements jsonb not null
column volumes.request_id text collate C
column volumes.request_digest text collate C
column volumes.created_at timestamp with time zone not null
column volumes.updated_at timestamp with time zone not null
column volumes.launched_at timestamp with time zone
column volumes.deleted_at timestamp with time zone

constraint cache_claims_pkey on cache_claims PRIMARY KEY (volume_id, pool)
constraint cache_entries_pkey on cache_entries PRIMARY KEY (pool, generation)
constraint cache_pools_pkey on cache_pools PRIMARY KEY (pool)
constraint cache_uses_pkey on cache_uses PRIMARY KEY (volume_id, pool)
constraint project_usage_pkey on project_usage PRIMARY KEY (project_id)
constraint projection_checkpoints_pkey on projection_checkpoints PRIMARY KEY (name)
constraint quota_limits_pkey on quota_limits PRIMARY KEY (project_id)
constraint quota_reservations_pkey on quota_reservations PRIMARY KEY (volume_id)
constraint volume_types_name on volume_types UNIQUE (name)
constraint volume_types_pkey on volume_types PRIMARY KEY (id)
constraint volumes_pkey on volumes PRIMARY KEY (id)

CREATE INDEX cache_claims_of_entry ON public.cache_claims USING btree (pool, generation)
CREATE UNIQUE INDEX cache_claims_pkey ON public.cache_claims USING btree (volume_id, pool)
CREATE INDEX cache_entries_of_image ON public.cache_entries USING btree (image_id)
CREATE UNIQUE INDEX cache_entries_pkey ON public.cache_entries USING btree (pool, generation)
CREATE INDEX cache_entries_present ON public.cache_entries USING btree (pool, generation) WHERE (reaped_at IS NULL)
CREATE UNIQUE INDEX cache_pools_pkey ON public.cache_pools USING btree (pool)
CREATE UNIQUE INDEX cache_uses_pkey ON public.cache_uses USING btree (volume_id, pool)
CREATE UNIQUE INDEX project_usage_pkey ON public.project_usage USING btree (project_id)
CREATE UNIQUE INDEX projection_checkpoints_pkey ON public.projection_checkpoints USING btree (name)
CREATE UNIQUE INDEX quota_limits_pkey ON public.quota_limits USING btree (project_id)
CREATE INDEX quota_reservations_of_project ON public.quota_reservations USING btree (project_id)
CREATE UNIQUE INDEX quota_reservations_pkey ON public.quota_reservations USING btree (volume_id)
CREATE UNIQUE INDEX volume_types_name ON public.volume_types USING btree (name)
CREATE UNIQUE INDEX volume_types_pkey ON public.volume_types USING btree (id)
CREATE INDEX volumes_by_age ON public.volumes USING btree (created_at DESC, id DESC) WHERE (deleted_at IS NULL)
CREATE INDEX volumes_by_name ON public.volumes USING btree (name, project_id) WHERE (deleted_at IS NULL)
CREATE INDEX volumes_by_status ON public.volumes USING btree (status, project_id, created_at DESC, id DESC) WHERE (deleted_at IS NULL)
CREATE INDEX volumes_of_project ON public.volumes USING btree (project_id, created_at DESC, id DESC) WHERE (deleted_at IS NULL)
CREATE UNIQUE INDEX volumes_pkey ON public.volumes USING btree (id)

CREATE OR REPLACE FUNCTION public.advance_checkpoint(from_generation integer, from_sequence bigint, to_sequence bigint, to_commit_id text, to_commit_digest text, to_running_hash text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
  begin
    update projection_checkpoints
      set sequence = to_sequence, commit_id = to_commit_id, commit_digest = to_commit_digest,
          running_hash = to_running_hash, updated_at = now()
      where name = 'facts' and generation = from_generation and sequence = from_sequence;
    if not found then
      raise exception 'the checkpoint is no longer at position % of generation %', from_sequence, from_generation
        using errcode = 'HR001';
    end if;
  end $function$

CREATE OR REPLACE FUNCTION public.reserve_quota(for_volume text, for_project text, asked_gigabytes integer)
 RETURNS TABLE(exceeded text, quota_limit bigint, quota_used bigint, quota_requested bigint)
 LANGUAGE plpgsql
AS $function$
  declare
    limits record;
    used record;
  begin
    perform pg_advisory_xact_lock(1212498257, hashtext(for_project));
    if exists (select from quota_reservations r where r.volume_id = for_volume)
      or exists (select from volumes v where v.id = for_volume) then
      return;
    end if;
    select coalesce(own.volumes, d.volumes, -1) as volumes,
           coalesce(own.gigabytes, d.gigabytes, -1) as gigabytes,
           coalesce(own.per_volume_gigabytes, d.per_volume_gigabytes, -1) as per_volume
      into limits
      from (select 1) as always
      left join quota_limits d on d.project_id = 'default'
      left join quota_limits own on own.project_id = for_project;
    select coalesce((select u.volumes from project_usage u where u.project_id = for_project), 0) + count(*) as volumes,
           coalesce((select u.gigabytes from project_usage u where u.project_id = for_project), 0)
             + coalesce(sum(r.gigabytes), 0) as gigabytes
      into used
      from quota_reservations r where r.project_id = for_project;
    if limits.per_volume >= 0 and asked_gigabytes > limits.per_volume then
      return query select 'per_volume_gigabytes', limits.per_volume::bigint, 0::bigint, asked_gigabytes::bigint;
    elsif limits.gigabytes >= 0 and used.gigabytes + asked_gigabytes > limits.gigabytes then
      return query select 'gigabytes', limits.gigabytes::bigint, used.gigabytes::bigint, asked_gigabytes::bigint;
    elsif limits.volumes >= 0 and used.volumes + 1 > limits.volumes then
      return query select 'volumes', limits.volumes::bigint, used.volumes::bigint, 1::bigint;
    else
      insert into quota_reservations values (for_volume, for_project, asked_gigabytes, now());
    end if;
  end $function$

