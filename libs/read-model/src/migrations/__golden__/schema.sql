column attachments.id text collate C not null
column attachments.volume_id text collate C not null
column attachments.project_id text collate C not null
column attachments.status text collate C not null
column attachments.completed boolean not null
column attachments.leaving boolean not null
column attachments.instance_id text collate C
column attachments.mode text collate C
column attachments.legacy boolean not null
column attachments.host_name text
column attachments.mountpoint text
column attachments.connector jsonb
column attachments.connection jsonb
column attachments.created_at timestamp with time zone not null
column attachments.updated_at timestamp with time zone not null
column attachments.attached_at timestamp with time zone
column cache_claims.volume_id text collate C not null
column cache_claims.pool text collate C not null
column cache_claims.generation integer not null
column cache_claims.stage text collate C not null
column cache_claims.since timestamp with time zone not null
column cache_decisions.volume_id text collate C not null
column cache_decisions.decided_at timestamp with time zone not null
column cache_decisions.pool text collate C
column cache_decisions.image_id text collate C not null
column cache_decisions.project_id text collate C not null
column cache_decisions.outcome text collate C not null
column cache_decisions.strategy text collate C not null
column cache_decisions.reason text not null
column cache_decisions.failed boolean not null
column cache_decisions.generation integer
column cache_decisions.content text collate C
column cache_decisions.copy_gib integer
column cache_decisions.bytes_downloaded bigint not null
column cache_decisions.bytes_written bigint not null
column cache_decisions.duration_ms double precision not null
column cache_decisions.refill_bytes bigint not null
column cache_decisions.refill_ms double precision not null
column cache_decisions.saved_bytes bigint not null
column cache_decisions.saved_ms double precision not null
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
column cache_entries.project_id text collate C
column cache_entries.prefetch_id text collate C
column cache_entries.successor_of integer
column cache_entries.suspended text collate C
column cache_entries.suspended_at timestamp with time zone
column cache_entries.used_by integer not null
column cache_entries.dependants integer
column cache_entries.dependants_at timestamp with time zone
column cache_entries.retired_by jsonb
column cache_entries.retire_policy text collate C
column cache_entries.state_sequence bigint not null
column cache_entries.state_since timestamp with time zone not null
column cache_entry_states.pool text collate C not null
column cache_entry_states.generation integer not null
column cache_entry_states.sequence bigint not null
column cache_entry_states.image_id text collate C not null
column cache_entry_states.image_name text
column cache_entry_states.image_volume_id text collate C not null
column cache_entry_states.content text collate C not null
column cache_entry_states.project_id text collate C
column cache_entry_states.status text collate C not null
column cache_entry_states.size_gib integer not null
column cache_entry_states.suspended text collate C
column cache_entry_states.valid_from timestamp with time zone not null
column cache_entry_states.valid_to timestamp with time zone
column cache_events.pool text collate C not null
column cache_events.sequence bigint not null
column cache_events.ordinal integer not null
column cache_events.type text collate C not null
column cache_events.generation integer
column cache_events.image_id text collate C
column cache_events.at timestamp with time zone not null
column cache_events.by jsonb
column cache_events.request_id text collate C
column cache_events.data jsonb not null
column cache_pins.pool text collate C not null
column cache_pins.image_id text collate C not null
column cache_pins.note text
column cache_pins.pinned_by jsonb not null
column cache_pins.pinned_at timestamp with time zone not null
column cache_pins.contents jsonb not null
column cache_policies.id text collate C not null
column cache_policies.name text not null
column cache_policies.selector jsonb not null
column cache_policies.pools jsonb not null
column cache_policies.keep integer not null
column cache_policies.pin boolean not null
column cache_policies.every_seconds integer not null
column cache_policies.enabled boolean not null
column cache_policies.defined_by jsonb not null
column cache_policies.created_at timestamp with time zone not null
column cache_policies.updated_at timestamp with time zone not null
column cache_policies.removed_at timestamp with time zone
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
column cache_pools.settings jsonb
column cache_pools.off_ready text collate C
column cache_pools.off_at timestamp with time zone
column cache_pools.off_by jsonb
column cache_prefetches.id text collate C not null
column cache_prefetches.pool text collate C not null
column cache_prefetches.image_id text collate C not null
column cache_prefetches.image_name text
column cache_prefetches.requested_by jsonb not null
column cache_prefetches.requested_at timestamp with time zone not null
column cache_prefetches.deadline timestamp with time zone
column cache_prefetches.pin boolean not null
column cache_prefetches.status text collate C not null
column cache_prefetches.cancelled_at timestamp with time zone
column cache_prefetches.generation integer
column cache_prefetches.failure jsonb
column cache_prefetches.ended_at timestamp with time zone
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
column cache_uses.sequence bigint not null
column cache_uses.ordinal integer not null
column cache_uses.entry_hits bigint not null
column default_volume_types.project_id text collate C not null
column default_volume_types.volume_type_id text collate C not null
column deleted_messages.id text collate C not null
column deleted_messages.deleted_at timestamp with time zone not null
column log_clock.name text collate C not null
column log_clock.at timestamp with time zone not null
column log_incidents.id integer not null
column log_incidents.cause text collate C not null
column log_incidents.sequence bigint not null
column log_incidents.commit_id text collate C
column log_incidents.commit_digest text collate C
column log_incidents.log_end bigint not null
column log_incidents.reason text not null
column log_incidents.found_by text not null
column log_incidents.found_at timestamp with time zone not null
column log_incidents.outcome text collate C
column log_incidents.closed_by text
column log_incidents.closed_at timestamp with time zone
column log_incidents.note text
column log_incidents.lost jsonb
column log_witness.name text collate C not null
column log_witness.sequence bigint not null
column log_witness.commit_id text collate C
column log_witness.commit_digest text collate C
column log_witness.gone bigint
column log_witness.updated_at timestamp with time zone not null
column messages.id text collate C not null
column messages.project_id text collate C not null
column messages.request_id text collate C
column messages.resource_type text collate C not null
column messages.resource_uuid text collate C not null
column messages.event_id text collate C not null
column messages.user_message text not null
column messages.message_level text collate C not null
column messages.created_at timestamp with time zone not null
column messages.guaranteed_until timestamp with time zone not null
column project_type_usage.project_id text collate C not null
column project_type_usage.volume_type_id text collate C not null
column project_type_usage.volumes integer not null
column project_type_usage.gigabytes bigint not null
column project_type_usage.snapshots integer not null
column project_type_usage.snapshot_gigabytes bigint not null
column project_usage.project_id text collate C not null
column project_usage.volumes integer not null
column project_usage.gigabytes bigint not null
column project_usage.snapshots integer not null
column project_usage.snapshot_gigabytes bigint not null
column projection_checkpoints.name text collate C not null
column projection_checkpoints.generation integer not null
column projection_checkpoints.sequence bigint not null
column projection_checkpoints.commit_id text collate C
column projection_checkpoints.commit_digest text collate C
column projection_checkpoints.running_hash text collate C not null
column projection_checkpoints.updated_at timestamp with time zone not null
column qos_specs.id text collate C not null
column qos_specs.name text collate C not null
column qos_specs.consumer text collate C not null
column qos_specs.specs jsonb not null
column qos_specs.created_at timestamp with time zone not null
column qos_specs.updated_at timestamp with time zone
column quota_classes.class_name text not null
column quota_classes.resource text not null
column quota_classes.hard_limit integer not null
column quota_limits.project_id text collate C not null
column quota_limits.resource text not null
column quota_limits.hard_limit integer not null
column quota_reservations.key text collate C not null
column quota_reservations.project_id text collate C not null
column quota_reservations.volumes integer not null
column quota_reservations.gigabytes integer not null
column quota_reservations.snapshots integer not null
column quota_reservations.volume_type_id text collate C
column quota_reservations.type_only boolean not null
column quota_reservations.created_at timestamp with time zone not null
column quota_reservations.holder text collate C not null default ''::text
column services.service text collate C not null
column services.disabled boolean not null
column services.disabled_reason text
column services.pools jsonb not null
column services.cache jsonb
column services.created_at timestamp with time zone not null
column services.updated_at timestamp with time zone not null
column snapshots.id text collate C not null
column snapshots.volume_id text collate C not null
column snapshots.project_id text collate C not null
column snapshots.user_id text collate C not null
column snapshots.name text
column snapshots.description text
column snapshots.metadata jsonb not null
column snapshots.status text collate C not null
column snapshots.size_gib integer not null
column snapshots.volume_type_id text collate C
column snapshots.progress text not null
column snapshots.failure jsonb
column snapshots.request_id text collate C
column snapshots.created_at timestamp with time zone not null
column snapshots.updated_at timestamp with time zone not null
column snapshots.deleted_at timestamp with time zone
column transfers.id text collate C not null
column transfers.volume_id text collate C not null
column transfers.source_project_id text collate C not null
column transfers.destination_project_id text collate C
column transfers.name text
column transfers.no_snapshots boolean not null
column transfers.accepted boolean not null
column transfers.created_at timestamp with time zone not null
column transfers.deleted_at timestamp with time zone
column volume_type_access.volume_type_id text collate C not null
column volume_type_access.project_id text collate C not null
column volume_types.id text collate C not null
column volume_types.name text collate C not null
column volume_types.description text
column volume_types.is_public boolean not null
column volume_types.extra_specs jsonb not null
column volume_types.created_at timestamp with time zone not null
column volume_types.updated_at timestamp with time zone
column volume_types.qos_specs_id text collate C
column volume_types.encryption jsonb
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
column volumes.extending_to_gib integer
column volumes.encryption jsonb
column volumes.encryption_key_id text collate C
column volumes.snapshot_id text collate C
column volumes.source_volid text collate C
column volumes.read_only boolean
column volumes.multiattach boolean not null
column volumes.attach_status text collate C not null
column volumes.migration_status text collate C
column volumes.attachments jsonb not null
column volumes.held text collate C
column volumes.snapshot_ids jsonb not null
column volumes.transfer jsonb

constraint attachments_pkey on attachments PRIMARY KEY (id)
constraint cache_claims_pkey on cache_claims PRIMARY KEY (volume_id, pool)
constraint cache_decisions_pkey on cache_decisions PRIMARY KEY (volume_id)
constraint cache_entries_pkey on cache_entries PRIMARY KEY (pool, generation)
constraint cache_entry_states_pkey on cache_entry_states PRIMARY KEY (pool, generation, sequence)
constraint cache_events_pkey on cache_events PRIMARY KEY (pool, sequence, ordinal)
constraint cache_pins_pkey on cache_pins PRIMARY KEY (pool, image_id)
constraint cache_policies_pkey on cache_policies PRIMARY KEY (id)
constraint cache_pools_pkey on cache_pools PRIMARY KEY (pool)
constraint cache_prefetches_pkey on cache_prefetches PRIMARY KEY (id)
constraint cache_uses_pkey on cache_uses PRIMARY KEY (pool, sequence, ordinal)
constraint default_volume_types_pkey on default_volume_types PRIMARY KEY (project_id)
constraint default_volume_types_type on default_volume_types FOREIGN KEY (volume_type_id) REFERENCES volume_types(id)
constraint deleted_messages_pkey on deleted_messages PRIMARY KEY (id)
constraint log_clock_pkey on log_clock PRIMARY KEY (name)
constraint log_incidents_pkey on log_incidents PRIMARY KEY (id)
constraint log_witness_pkey on log_witness PRIMARY KEY (name)
constraint messages_pkey on messages PRIMARY KEY (id)
constraint project_type_usage_pkey on project_type_usage PRIMARY KEY (project_id, volume_type_id)
constraint project_usage_pkey on project_usage PRIMARY KEY (project_id)
constraint projection_checkpoints_pkey on projection_checkpoints PRIMARY KEY (name)
constraint qos_specs_name on qos_specs UNIQUE (name)
constraint qos_specs_pkey on qos_specs PRIMARY KEY (id)
constraint quota_classes_pkey on quota_classes PRIMARY KEY (class_name, resource)
constraint quota_limits_pkey on quota_limits PRIMARY KEY (project_id, resource)
constraint quota_reservations_pkey on quota_reservations PRIMARY KEY (key, holder)
constraint services_pkey on services PRIMARY KEY (service)
constraint snapshots_pkey on snapshots PRIMARY KEY (id)
constraint transfers_pkey on transfers PRIMARY KEY (id)
constraint volume_type_access_pkey on volume_type_access PRIMARY KEY (volume_type_id, project_id)
constraint volume_type_access_type on volume_type_access FOREIGN KEY (volume_type_id) REFERENCES volume_types(id) ON DELETE CASCADE
constraint volume_types_name on volume_types UNIQUE (name)
constraint volume_types_pkey on volume_types PRIMARY KEY (id)
constraint volume_types_qos_specs on volume_types FOREIGN KEY (qos_specs_id) REFERENCES qos_specs(id)
constraint volumes_pkey on volumes PRIMARY KEY (id)

CREATE INDEX attachments_of_project ON public.attachments USING btree (project_id, created_at, id)
CREATE INDEX attachments_of_volume ON public.attachments USING btree (volume_id)
CREATE UNIQUE INDEX attachments_pkey ON public.attachments USING btree (id)
CREATE INDEX cache_claims_of_entry ON public.cache_claims USING btree (pool, generation)
CREATE UNIQUE INDEX cache_claims_pkey ON public.cache_claims USING btree (volume_id, pool)
CREATE INDEX cache_decisions_by_time ON public.cache_decisions USING btree (decided_at, volume_id)
CREATE INDEX cache_decisions_of_pool ON public.cache_decisions USING btree (pool, decided_at, volume_id)
CREATE UNIQUE INDEX cache_decisions_pkey ON public.cache_decisions USING btree (volume_id)
CREATE INDEX cache_entries_by_age ON public.cache_entries USING btree (created_at, image_volume_id) WHERE (reaped_at IS NULL)
CREATE INDEX cache_entries_by_hits ON public.cache_entries USING btree (hits, created_at, image_volume_id) WHERE (reaped_at IS NULL)
CREATE INDEX cache_entries_by_image ON public.cache_entries USING btree (image_id, created_at, image_volume_id) WHERE (reaped_at IS NULL)
CREATE INDEX cache_entries_by_image_volume ON public.cache_entries USING btree (image_volume_id)
CREATE INDEX cache_entries_by_name ON public.cache_entries USING btree (COALESCE(image_name, ''::text), created_at, image_volume_id) WHERE (reaped_at IS NULL)
CREATE INDEX cache_entries_by_size ON public.cache_entries USING btree (size_gib, created_at, image_volume_id) WHERE (reaped_at IS NULL)
CREATE INDEX cache_entries_by_use ON public.cache_entries USING btree (last_used_at, created_at, image_volume_id) WHERE (reaped_at IS NULL)
CREATE INDEX cache_entries_by_users ON public.cache_entries USING btree (used_by, created_at, image_volume_id) WHERE (reaped_at IS NULL)
CREATE INDEX cache_entries_of_image ON public.cache_entries USING btree (image_id)
CREATE UNIQUE INDEX cache_entries_pkey ON public.cache_entries USING btree (pool, generation)
CREATE INDEX cache_entries_present ON public.cache_entries USING btree (pool, generation) WHERE (reaped_at IS NULL)
CREATE INDEX cache_entry_states_at ON public.cache_entry_states USING gist (tstzrange(valid_from, valid_to))
CREATE UNIQUE INDEX cache_entry_states_pkey ON public.cache_entry_states USING btree (pool, generation, sequence)
CREATE INDEX cache_events_of_entry ON public.cache_events USING btree (pool, generation, at, sequence, ordinal) WHERE (generation IS NOT NULL)
CREATE INDEX cache_events_of_image ON public.cache_events USING btree (image_id, at, sequence, ordinal) WHERE (image_id IS NOT NULL)
CREATE INDEX cache_events_of_pool ON public.cache_events USING btree (pool, at, sequence, ordinal)
CREATE INDEX cache_events_of_rules ON public.cache_events USING btree (pool, at, sequence, ordinal) WHERE (type = ANY (ARRAY['pinned'::text, 'unpinned'::text, 'switched-off'::text, 'switched-on'::text, 'settings-reported'::text]))
CREATE UNIQUE INDEX cache_events_pkey ON public.cache_events USING btree (pool, sequence, ordinal)
CREATE INDEX cache_pins_of_image ON public.cache_pins USING btree (image_id)
CREATE UNIQUE INDEX cache_pins_pkey ON public.cache_pins USING btree (pool, image_id)
CREATE UNIQUE INDEX cache_policies_pkey ON public.cache_policies USING btree (id)
CREATE UNIQUE INDEX cache_pools_pkey ON public.cache_pools USING btree (pool)
CREATE INDEX cache_prefetches_by_age ON public.cache_prefetches USING btree (requested_at, id)
CREATE INDEX cache_prefetches_of_image ON public.cache_prefetches USING btree (image_id, requested_at, id)
CREATE INDEX cache_prefetches_open ON public.cache_prefetches USING btree (pool) WHERE (ended_at IS NULL)
CREATE UNIQUE INDEX cache_prefetches_pkey ON public.cache_prefetches USING btree (id)
CREATE INDEX cache_uses_of_entry ON public.cache_uses USING btree (pool, generation, used_at, sequence, ordinal)
CREATE INDEX cache_uses_of_image ON public.cache_uses USING btree (image_id, used_at, sequence, ordinal)
CREATE INDEX cache_uses_of_volume ON public.cache_uses USING btree (volume_id, sequence, ordinal)
CREATE UNIQUE INDEX cache_uses_pkey ON public.cache_uses USING btree (pool, sequence, ordinal)
CREATE UNIQUE INDEX default_volume_types_pkey ON public.default_volume_types USING btree (project_id)
CREATE UNIQUE INDEX deleted_messages_pkey ON public.deleted_messages USING btree (id)
CREATE UNIQUE INDEX log_clock_pkey ON public.log_clock USING btree (name)
CREATE UNIQUE INDEX log_incidents_open ON public.log_incidents USING btree (cause, sequence) WHERE (outcome IS NULL)
CREATE UNIQUE INDEX log_incidents_pkey ON public.log_incidents USING btree (id)
CREATE UNIQUE INDEX log_witness_pkey ON public.log_witness USING btree (name)
CREATE INDEX messages_of_project ON public.messages USING btree (project_id, created_at, id)
CREATE UNIQUE INDEX messages_pkey ON public.messages USING btree (id)
CREATE INDEX project_type_usage_of_type ON public.project_type_usage USING btree (volume_type_id)
CREATE UNIQUE INDEX project_type_usage_pkey ON public.project_type_usage USING btree (project_id, volume_type_id)
CREATE UNIQUE INDEX project_usage_pkey ON public.project_usage USING btree (project_id)
CREATE UNIQUE INDEX projection_checkpoints_pkey ON public.projection_checkpoints USING btree (name)
CREATE UNIQUE INDEX qos_specs_name ON public.qos_specs USING btree (name)
CREATE UNIQUE INDEX qos_specs_pkey ON public.qos_specs USING btree (id)
CREATE UNIQUE INDEX quota_classes_pkey ON public.quota_classes USING btree (class_name, resource)
CREATE UNIQUE INDEX quota_limits_pkey ON public.quota_limits USING btree (project_id, resource)
CREATE INDEX quota_reservations_of_project ON public.quota_reservations USING btree (project_id)
CREATE UNIQUE INDEX quota_reservations_pkey ON public.quota_reservations USING btree (key, holder)
CREATE UNIQUE INDEX services_pkey ON public.services USING btree (service)
CREATE INDEX snapshots_by_age ON public.snapshots USING btree (created_at, id) WHERE (deleted_at IS NULL)
CREATE INDEX snapshots_of_project ON public.snapshots USING btree (project_id, created_at, id) WHERE (deleted_at IS NULL)
CREATE INDEX snapshots_of_volume ON public.snapshots USING btree (volume_id, created_at, id) WHERE (deleted_at IS NULL)
CREATE UNIQUE INDEX snapshots_pkey ON public.snapshots USING btree (id)
CREATE INDEX transfers_of_project ON public.transfers USING btree (source_project_id, created_at, id) WHERE (deleted_at IS NULL)
CREATE UNIQUE INDEX transfers_pkey ON public.transfers USING btree (id)
CREATE UNIQUE INDEX volume_type_access_pkey ON public.volume_type_access USING btree (volume_type_id, project_id)
CREATE UNIQUE INDEX volume_types_name ON public.volume_types USING btree (name)
CREATE UNIQUE INDEX volume_types_pkey ON public.volume_types USING btree (id)
CREATE INDEX volumes_by_age ON public.volumes USING btree (created_at DESC, id DESC) WHERE (deleted_at IS NULL)
CREATE INDEX volumes_by_name ON public.volumes USING btree (COALESCE(name, ''::text), created_at, id) WHERE (deleted_at IS NULL)
CREATE INDEX volumes_by_status ON public.volumes USING btree (status, created_at, id) WHERE (deleted_at IS NULL)
CREATE INDEX volumes_of_entry ON public.volumes USING btree (((decision #>> '{entry,pool}'::text[])), ((decision #>> '{entry,generation}'::text[])), created_at, id) WHERE ((deleted_at IS NULL) AND (launched_at IS NOT NULL) AND ((decision #>> '{entry,pool}'::text[]) IS NOT NULL))
CREATE INDEX volumes_of_project ON public.volumes USING btree (project_id, created_at DESC, id DESC) WHERE (deleted_at IS NULL)
CREATE INDEX volumes_of_project_by_name ON public.volumes USING btree (project_id, COALESCE(name, ''::text), created_at, id) WHERE (deleted_at IS NULL)
CREATE INDEX volumes_of_project_by_status ON public.volumes USING btree (project_id, status, created_at, id) WHERE (deleted_at IS NULL)
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

CREATE OR REPLACE FUNCTION public.quota_limit(for_project text, of_resource text)
 RETURNS integer
 LANGUAGE sql
 STABLE
AS $function$
    select coalesce(
      (select hard_limit from quota_limits where project_id = for_project and resource = of_resource),
      (select hard_limit from quota_classes where class_name = 'default' and resource = of_resource), -1)
  $function$

CREATE OR REPLACE FUNCTION public.reserve_quota(for_key text, for_holder text, for_project text, asked_volumes integer, asked_gigabytes integer, asked_snapshots integer, volume_gigabytes integer, of_type text, type_name text, only_type boolean)
 RETURNS TABLE(exceeded text, quota_limit bigint, quota_used bigint, quota_requested bigint)
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
AS $function$
  begin
    perform pg_advisory_xact_lock(1212498257, hashtext(for_project)), set_config('synchronous_commit', 'off', true);
    if exists (select from quota_reservations r where r.key = for_key and r.holder = for_holder
          and r.project_id = for_project and r.volumes >= asked_volumes and r.gigabytes >= asked_gigabytes
          and r.snapshots >= asked_snapshots and r.volume_type_id is not distinct from of_type and r.type_only = only_type)
      or exists (select from volumes v where v.id = for_key) or exists (select from snapshots s where s.id = for_key) then
      return;
    end if;
    return query
      select a.resource, a.hard_limit::bigint, a.used, a.requested::bigint
        from (
          select asked.rank, asked.resource, asked.used, asked.requested, coalesce(
              (select l.hard_limit from quota_limits l where l.project_id = for_project and l.resource = asked.resource),
              (select c.hard_limit from quota_classes c where c.class_name = 'default' and c.resource = asked.resource),
              -1) as hard_limit
            from (
              select coalesce(sum(r.volumes) filter (where not r.type_only), 0) as volumes,
                     coalesce(sum(r.gigabytes) filter (where not r.type_only), 0) as gigabytes,
                     coalesce(sum(r.snapshots) filter (where not r.type_only), 0) as snapshots,
                     coalesce(sum(r.volumes) filter (where r.volume_type_id = of_type), 0) as type_volumes,
                     coalesce(sum(r.gigabytes) filter (where r.volume_type_id = of_type), 0) as type_gigabytes,
                     coalesce(sum(r.snapshots) filter (where r.volume_type_id = of_type), 0) as type_snapshots
                from quota_reservations r where r.project_id = for_project and r.key <> for_key
            ) held
            left join project_usage p on p.project_id = for_project
            left join project_type_usage t on t.project_id = for_project and t.volume_type_id = of_type
            cross join lateral (values
              (0, 'per_volume_gigabytes', 0::bigint, volume_gigabytes, true),
              (1, 'volumes', held.volumes + coalesce(p.volumes, 0), asked_volumes, not only_type),
              (1, 'gigabytes', held.gigabytes + coalesce(p.gigabytes + p.snapshot_gigabytes, 0), asked_gigabytes, not only_type),
              (1, 'snapshots', held.snapshots + coalesce(p.snapshots, 0), asked_snapshots, not only_type),
              (1, 'volumes_' || type_name, held.type_volumes + coalesce(t.volumes, 0), asked_volumes, of_type is not null),
              (1, 'gigabytes_' || type_name, held.type_gigabytes + coalesce(t.gigabytes + t.snapshot_gigabytes, 0),
               asked_gigabytes, of_type is not null),
              (1, 'snapshots_' || type_name, held.type_snapshots + coalesce(t.snapshots, 0), asked_snapshots, of_type is not null)
            ) as asked(rank, resource, used, requested, counts)
            where asked.counts and asked.requested > 0
        ) a
        where a.hard_limit >= 0 and a.used + a.requested > a.hard_limit
        order by a.rank, a.resource collate "C" limit 1;
    if found then
      return;
    end if;
    insert into quota_reservations as r
        (key, holder, project_id, volumes, gigabytes, snapshots, volume_type_id, type_only, created_at)
      values (for_key, for_holder, for_project, asked_volumes, asked_gigabytes, asked_snapshots, of_type, only_type, now())
      on conflict (key, holder) do update
        set project_id = excluded.project_id, volumes = greatest(r.volumes, excluded.volumes),
            gigabytes = greatest(r.gigabytes, excluded.gigabytes), snapshots = greatest(r.snapshots, excluded.snapshots),
            volume_type_id = excluded.volume_type_id, type_only = excluded.type_only, created_at = excluded.created_at;
  end $function$

